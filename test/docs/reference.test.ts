// What the reference pages and the runbook state about the code is compared with the code.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { buildSchema, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { schemaText } from "../../schema/index.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const schema = buildSchema(schemaText());

test("the event protocol lists every event type, and no other", () => {
  const listed = [...read("docs/reference/events.md").matchAll(/^\| `([A-Z]\w+)` \| [A-Z]+ \|/gm)].map(
    ([, name]) => name,
  );
  const { objects } = schema.getImplementations(schema.getType("JobEvent") as never);
  expect(listed.sort()).toEqual(objects.map(({ name }) => name).sort());
});

test("operations in the event protocol are valid", () => {
  const blocks = [...read("docs/reference/events.md").matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, text]) => text!);
  expect(blocks).toHaveLength(2);
  for (const block of blocks) expect(validate(schema, parse(block))).toEqual([]);
});

test("log lines that the runbook quotes are written by the functions", () => {
  const runbook = read("docs/guide/runbook.md").replaceAll("\n", " ");
  const quoted = [...runbook.matchAll(/`([a-z]+(?: [a-z:]+)+)`/g)].map(([, line]) => line!);
  expect(quoted.length).toBeGreaterThan(5);
  const functions = readdirSync(path.join(ROOT, "functions"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => read(path.join("functions", file)))
    .join("");
  expect(quoted.filter((line) => !functions.includes(`"${line}"`))).toEqual([]);
});

// Linters of others: cfn-lint for the templates, hadolint for the worker image's Dockerfile.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { PYTHON } from "../../support/aws/moto.ts";
import { onMoto } from "../../support/aws/moto-resources.ts";
import { EVERYTHING, ROOT, synthesise } from "../../support/cdk/synth.ts";

const run = promisify(execFile);
const tool = (name: string) => path.join(path.dirname(PYTHON), name);

/** What it prints of what it finds; nothing where it finds nothing. */
async function finds(name: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(tool(name), args).catch((error) => error);
  return `${stdout}${stderr}`;
}

// They come with moto, from the same list.
onMoto("linters", () => {
  test.each([
    ["without a setting", {}],
    ["with all of them", EVERYTHING],
  ])(
    "cfn-lint finds nothing in the templates, %s",
    async (_, settings) => {
      const { folder } = synthesise(settings);
      const templates = readdirSync(folder).filter((file) => file.endsWith(".template.json"));
      expect(templates.length).toBeGreaterThan(4);
      // W3005: the CDK's functions wait for their role's policy by DependsOn, beside the role that they refer to anyway.
      const found = await finds(
        "cfn-lint",
        "--ignore-checks",
        "W3005",
        "--",
        ...templates.map((file) => path.join(folder, file)),
      );
      expect(found).toBe("");
    },
    120_000,
  );

  test("cfn-lint finds something where there is something", async () => {
    const wrong = path.join(import.meta.dirname, "..", "fixtures", "wrong.template.json");
    expect(await finds("cfn-lint", wrong)).toMatch(/E3012|E3001|E3006/);
  });

  test("hadolint finds nothing in the Dockerfile", async () => {
    expect(await finds("hadolint", path.join(ROOT, "functions", "aws", "Dockerfile"))).toBe("");
  });
});

import { readFileSync } from "node:fs";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import {
  type GraphQLNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
} from "graphql";
import { describe, expect, test } from "vitest";
import { schema, schemaText } from "../../schema/index.ts";
import { EXAMPLES, LAST_JOB, LAST_PICTURE } from "../../schema/server/examples.ts";
import { Service } from "../support/schema/service.ts";

describe("the schema", () => {
  test("is the one in schema.graphql (npm run schema)", () => {
    expect(schemaText()).toBe(readFileSync(new URL("../../schema/schema.graphql", import.meta.url), "utf8"));
  });

  test("describes every type, field, argument and enum value", () => {
    const own = Object.values(schema.getTypeMap()).filter(
      ({ name }) => !/^(__|(ID|Int|Float|String|Boolean)$)/.test(name),
    );
    expect(own.flatMap(undescribed)).toEqual([]);
  });

  test("gives equal fields of a union or an interface equal types, so that all can be selected at once", () => {
    const conflicts = Object.values(schema.getTypeMap())
      .filter(isAbstractType)
      .flatMap((type) => {
        const fields = schema.getPossibleTypes(type).flatMap((one) => Object.values(one.getFields()));
        const types = new Map<string, Set<string>>();
        for (const field of fields) types.set(field.name, (types.get(field.name) ?? new Set()).add(String(field.type)));
        return [...types].filter(([, { size }]) => size > 1).map(([name]) => `${type.name}.${name}`);
      });
    expect(conflicts).toEqual([]);
  });
});

function undescribed(type: GraphQLNamedType): string[] {
  const parts: { name: string; description?: string | null | undefined }[] = [
    { name: "", description: type.description },
  ];
  if (isEnumType(type)) parts.push(...type.getValues());
  if (isInputObjectType(type)) parts.push(...Object.values(type.getFields()));
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      parts.push(
        field,
        ...field.args.map(({ name, description }) => ({ name: `${field.name}(${name})`, description })),
      );
    }
  }
  return parts.filter(({ description }) => !description?.trim()).map(({ name }) => `${type.name}.${name}`);
}

describe("GraphiQL", () => {
  const page = (service: Service) =>
    service.api.yoga.fetch("http://unclip.test/graphql", { headers: { accept: "text/html" } });

  test("opens with the examples, and loads no code from other hosts", async () => {
    const html = await (await page(new Service())).text();
    expect(html).toContain("mutation Generate");
    // Outside of the tabs, too: they are not what the first view takes its variables from.
    expect(html).toContain(`"variables":${JSON.stringify(JSON.stringify(EXAMPLES[0].variables, null, 2))},"`);
    expect(html).not.toMatch(/<(script|link)[^>]*(src|href)="?https?:/);
  });

  test("is small, and its files are compressed and cached for as long as their names", async () => {
    const service = new Service();
    const html = await (await page(service)).text();
    expect(html.length).toBeLessThan(20_000);
    const names = html.match(/\?file=[\w.-]+/g)!;
    expect(names).toHaveLength(6);
    for (const name of names) {
      const url = `http://unclip.test/graphql${name}`;
      const answers = await Promise.all(
        ["br", "gzip", "identity"].map((encoding) =>
          service.api.yoga.fetch(url, { headers: { "accept-encoding": encoding } }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      for (const { headers } of answers) expect(headers.get("cache-control")).toContain("immutable");
      const [br, gzip, plain] = await Promise.all(
        answers.map(async (answer) => Buffer.from(await answer.arrayBuffer())),
      );
      expect(brotliDecompressSync(br!).equals(plain!)).toBe(true);
      expect(gunzipSync(gzip!).equals(plain!)).toBe(true);
      expect(br!.length).toBeLessThan(1_500_000);
    }
    const unknown = await service.api.yoga.fetch("http://unclip.test/graphql?file=x.js");
    expect(unknown.status).toBe(404);
  });

  test("may run the scripts of its origin and none inside it, and appears in no frame", async () => {
    const response = await page(new Service());
    const { headers } = response;
    const policy = new Map(
      headers
        .get("content-security-policy")!
        .split("; ")
        .map((directive) => {
          const [name, ...sources] = directive.split(" ");
          return [name, sources] as const;
        }),
    );
    expect(policy.get("script-src")).toEqual(["'self'"]);
    expect(await response.text()).not.toMatch(/<script(?![^>]*(src|application\/json))/);
    expect(policy.get("default-src")).toEqual(["'none'"]);
    expect(policy.get("connect-src")).toEqual(["'self'"]);
    expect(policy.get("frame-ancestors")).toEqual(["'none'"]);
    expect([...policy.values()].flat().filter((source) => /^(\*|https?:)/.test(source))).toEqual([]);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("has examples whose lines fit its editor", () => {
    expect(EXAMPLES.flatMap(({ query }) => query.split("\n")).filter((line) => line.length > 50)).toEqual([]);
  });

  test("subscribes at streamUrl if given, else at the endpoint", async () => {
    const html = await (await page(new Service({ streamUrl: "/graphql/stream" }))).text();
    expect(html).toContain('"subscriptionsProtocol":"SSE","subscriptionsEndpoint":"/graphql/stream"');
    expect(await (await page(new Service())).text()).not.toContain('"subscriptionsEndpoint":"');
  });

  test("is not served when it is turned off", async () => {
    const response = await page(new Service({ graphiql: false }));
    expect(response.headers.get("content-type") ?? "").not.toContain("text/html");
  });

  test.each(EXAMPLES.map((example) => [example.query.split("\n")[0]!, example] as const))(
    "has a valid example: %s",
    (_, { query }) => {
      expect(validate(schema, parse(query))).toEqual([]);
    },
  );

  test("has examples that work as they are, with the ids filled in", async () => {
    const service = new Service();
    const image = await service.upload();
    const id = await service.job();
    for (const { query, variables } of EXAMPLES) {
      if (query.includes("subscription")) continue;
      const filled = JSON.parse(JSON.stringify(variables).replaceAll(LAST_PICTURE, image).replaceAll(LAST_JOB, id));
      const { data, errors } = await service.ask(query, filled);
      expect(errors, query).toBeUndefined();
      expect(JSON.stringify(data), query).not.toContain('"code":"');
    }
  });
});

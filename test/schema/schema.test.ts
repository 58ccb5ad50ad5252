import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
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
import { EXAMPLES } from "../../schema/server/examples.ts";
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

  test("may run the scripts inside it and no others, and appears in no frame", async () => {
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
    const script = /<script>(.*?)<\/script/s.exec(await response.text())![1]!;
    const hash = createHash("sha256").update(script).digest("base64");
    expect(policy.get("script-src")).toEqual([`'sha256-${hash}'`]);
    expect(policy.get("default-src")).toEqual(["'none'"]);
    expect(policy.get("connect-src")).toEqual(["'self'"]);
    expect(policy.get("frame-ancestors")).toEqual(["'none'"]);
    expect([...policy.values()].flat().filter((source) => /^(\*|https?:)/.test(source))).toEqual([]);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("subscribes at streamPath if given, else at the endpoint", async () => {
    const html = await (await page(new Service({ streamPath: "/graphql/stream" }))).text();
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
      const filled = JSON.parse(JSON.stringify(variables), (key, value) => {
        return value === "" ? (key === "image" ? image : id) : value;
      });
      const { data, errors } = await service.ask(query, filled);
      expect(errors, query).toBeUndefined();
      expect(JSON.stringify(data), query).not.toContain('"code":"');
    }
  });
});

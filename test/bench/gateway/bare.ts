// The least that a GraphQL function on Lambda with these libraries can be.
import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import { createYoga } from "graphql-yoga";

export type Event = { readonly body: string; readonly headers: Record<string, string> };

const builder = new SchemaBuilder<object>({
  plugins: [ComplexityPlugin],
  complexity: { limit: { complexity: 1_000 } },
});
builder.queryType({ fields: (t) => ({ hello: t.string({ resolve: () => "world" }) }) });

const yoga = createYoga({ schema: builder.toSchema(), graphiql: false, logging: false });

export const handler = async ({ body, headers }: Event) => {
  const response = await yoga.fetch("https://localhost/graphql", { method: "POST", headers, body });
  return { statusCode: response.status, body: await response.text() };
};

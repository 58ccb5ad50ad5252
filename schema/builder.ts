// The one builder. Each file of this folder adds an entity to it; index.ts lists them.
import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import { GraphQLError } from "graphql";
import type { Context } from "./context.ts";

/** Of one operation: fields, times the length of each list they are in. */
export const MAX_COST = 25_000;

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: never; Output: number };
    UnsignedInt: { Input: number; Output: number };
  };
}>({
  plugins: [ComplexityPlugin],
  defaultFieldNullability: false,
  complexity: {
    limit: { complexity: MAX_COST },
    complexityError: (_, { complexity }) =>
      new GraphQLError(
        `This operation may cost ${complexity}, more than the ${MAX_COST} allowed: ask for fewer items.`,
        {
          extensions: { code: "LIMIT_EXCEEDED", http: { status: 400 } },
        },
      ),
  },
});

export type SchemaTypes = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

builder.queryType({ description: "What can be read. Everything is the caller's own: nobody sees another's jobs." });
builder.mutationType({
  description:
    "What can be asked for. Each answer is a union: the result, or what was wrong with the request, as data.",
});
builder.subscriptionType({
  description: "What can be followed, by Server-Sent Events or WebSocket (graphql-transport-ws).",
});

// The Pothos schema builder. The files of types/ and mutations/ add to it; index.ts imports them all.
import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import { GraphQLError } from "graphql";
import type { Context } from "./context.ts";

/** Maximum complexity of an operation: its fields, each multiplied by the lengths of the lists that contain it. */
const MAX_COST = 25_000;

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: number; Output: number };
    UnsignedInt: { Input: number; Output: number };
  };
}>({
  plugins: [ComplexityPlugin],
  defaultFieldNullability: false,
  complexity: {
    limit: { complexity: MAX_COST },
    complexityError: (_, { complexity }) =>
      new GraphQLError(
        `The operation's complexity of ${complexity} exceeds the limit of ${MAX_COST}: request fewer items.`,
        {
          extensions: { code: "LIMIT_EXCEEDED", http: { status: 400 } },
        },
      ),
  },
});

export type SchemaTypes = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

builder.queryType({ description: "Reads. A caller sees only its own jobs." });
builder.mutationType({
  description: "Writes. Every mutation returns a union: its result, or what is wrong with the request.",
});
builder.subscriptionType({
  description: "Event streams, over Server-Sent Events or WebSocket (graphql-transport-ws).",
});

// How large an operation may be, before any of it runs. What its answer may cost is the builder's (MAX_COST).
import { blockFieldSuggestionsPlugin } from "@escape.tech/graphql-armor-block-field-suggestions";
import { maxAliasesPlugin } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthPlugin } from "@escape.tech/graphql-armor-max-depth";
import { maxDirectivesPlugin } from "@escape.tech/graphql-armor-max-directives";
import { maxTokensPlugin } from "@escape.tech/graphql-armor-max-tokens";
import { GraphQLError, NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";

export const OPERATION_LIMITS = { characters: 20_000, tokens: 1_000, depth: 12, aliases: 15, directives: 20 } as const;

const LIMITED = { code: "LIMIT_EXCEEDED", http: { status: 400 } };

/** Armor's errors have no code of their own. */
const onReject = [(_: unknown, error: GraphQLError) => void Object.assign(error.extensions, LIMITED)];

export function useLimits({ introspection }: { readonly introspection: boolean }): Plugin[] {
  const { tokens, depth, aliases, directives } = OPERATION_LIMITS;
  return [
    useLength(),
    maxTokensPlugin({ n: tokens, onReject }),
    maxDepthPlugin({ n: depth, flattenFragments: true, onReject }),
    maxAliasesPlugin({ n: aliases, onReject }),
    maxDirectivesPlugin({ n: directives, onReject }),
    // A suggestion tells a bit of the schema, so both are told or none.
    ...(introspection ? [] : [blockFieldSuggestionsPlugin(), useNoIntrospection()]),
  ] as Plugin[];
}

/** Yoga keeps a thousand documents by their text, so the text has to be short. */
function useLength(): Plugin {
  return {
    onParse({ params: { source } }) {
      const { length } = typeof source === "string" ? source : source.body;
      if (length <= OPERATION_LIMITS.characters) return;
      const message = `An operation may have ${OPERATION_LIMITS.characters} characters, not ${length}: put values into variables.`;
      throw new GraphQLError(message, { extensions: LIMITED });
    },
  };
}

function useNoIntrospection(): Plugin {
  return { onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule) };
}

// How large an operation and its variables may be, before any of it runs. What its answer may cost is the builder's (MAX_COST).
import { blockFieldSuggestionsPlugin } from "@escape.tech/graphql-armor-block-field-suggestions";
import { maxAliasesPlugin } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthPlugin } from "@escape.tech/graphql-armor-max-depth";
import { maxDirectivesPlugin } from "@escape.tech/graphql-armor-max-directives";
import { maxTokensPlugin } from "@escape.tech/graphql-armor-max-tokens";
import { GraphQLError, NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";

export const OPERATION_LIMITS = { characters: 20_000, tokens: 1_000, depth: 12, aliases: 15, directives: 20 } as const;

/** Of an operation's variables together, names of fields included: about twice what the largest input may have. */
export const VARIABLE_LIMITS = { characters: 20_000, values: 200 } as const;

const LIMITED = { code: "LIMIT_EXCEEDED", http: { status: 400 } };

/** Armor's errors have no code of their own. */
const onReject = [(_: unknown, error: GraphQLError) => void Object.assign(error.extensions, LIMITED)];

export function useOperationLimits({ introspection }: { readonly introspection: boolean }): Plugin[] {
  const { tokens, depth, aliases, directives } = OPERATION_LIMITS;
  return [
    useLength(),
    useVariableSize(),
    maxTokensPlugin({ n: tokens, onReject }),
    maxDepthPlugin({ n: depth, flattenFragments: true, onReject }),
    maxAliasesPlugin({ n: aliases, onReject }),
    maxDirectivesPlugin({ n: directives, onReject }),
    // A suggestion tells a bit of the schema, so both are told or none.
    ...(introspection ? [] : [blockFieldSuggestionsPlugin(), useNoIntrospection()]),
  ] as Plugin[];
}

/** Documents are kept by their text (documents.ts), so the text has to be short. */
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

/** GraphQL tells of fifty mistakes, each with the whole object it is in: of a large one that is seconds and megabytes. */
function useVariableSize(): Plugin<{ readonly params?: { readonly variables?: unknown } }> {
  return {
    onParse({ context: { params } }) {
      const { characters, values } = VARIABLE_LIMITS;
      if (fits(params?.variables, characters, values)) return;
      const message = `The variables of an operation may have ${values} values and ${characters} characters.`;
      throw new GraphQLError(message, { extensions: LIMITED });
    },
  };
}

/** With a list of what is still to be looked at: what is nested deeply would be too deep for a function that calls itself. */
function fits(whole: unknown, characters: number, values: number): boolean {
  const open = [whole];
  let written = 0;
  for (let seen = 0; open.length > 0; seen++) {
    const value = open.pop();
    if (typeof value === "string") written += value.length;
    if (typeof value === "object" && value !== null) {
      const names = Object.keys(value);
      if (names.length > values) return false;
      if (!Array.isArray(value)) for (const name of names) written += name.length;
      open.push(...Object.values(value));
    }
    if (seen > values || written > characters) return false;
  }
  return true;
}

function useNoIntrospection(): Plugin {
  return { onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule) };
}

// Limits on the size of an operation and its variables, checked before execution. The cost of its result is limited by
// MAX_COST in builder.ts.
import { blockFieldSuggestionsPlugin } from "@escape.tech/graphql-armor-block-field-suggestions";
import { maxAliasesPlugin } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthPlugin } from "@escape.tech/graphql-armor-max-depth";
import { maxDirectivesPlugin } from "@escape.tech/graphql-armor-max-directives";
import { maxTokensPlugin } from "@escape.tech/graphql-armor-max-tokens";
import { GraphQLError, NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import { LIMITS } from "../../models/request.ts";

export const OPERATION_LIMITS = { characters: 20_000, tokens: 1_000, depth: 12, aliases: 15, directives: 20 } as const;

/**
 * For all variables of an operation together, field names included: about twice what the largest valid input needs. The
 * numbers of lists are counted apart, because embeddings consist of many.
 */
export const VARIABLE_LIMITS = {
  characters: 20_000,
  values: 200,
  numbers: LIMITS.mix.max * LIMITS.embedding.max,
} as const;

const LIMITED = { code: "LIMIT_EXCEEDED", http: { status: 400 } };

/** Armor's errors have no code. */
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
    // Field suggestions reveal parts of the schema, so they are on or off together with introspection.
    ...(introspection ? [] : [blockFieldSuggestionsPlugin(), useNoIntrospection()]),
  ] as Plugin[];
}

/** Documents are cached by their text (document-cache.ts), so the text has to be short. */
function useLength(): Plugin {
  return {
    onParse({ params: { source } }) {
      const { length } = typeof source === "string" ? source : source.body;
      if (length <= OPERATION_LIMITS.characters) return;
      const message = `The operation has ${length} characters; the limit is ${OPERATION_LIMITS.characters}. Move values into variables.`;
      throw new GraphQLError(message, { extensions: LIMITED });
    },
  };
}

/** GraphQL reports up to 50 errors and quotes the whole object in each: for a large object, seconds and megabytes. */
function useVariableSize(): Plugin<{ readonly params?: { readonly variables?: unknown } }> {
  return {
    onParse({ context: { params } }) {
      if (isWithin(params?.variables)) return;
      const { characters, values, numbers } = VARIABLE_LIMITS;
      const message = `The variables exceed the limit of ${values} values, ${characters} characters and ${numbers} numbers in lists.`;
      throw new GraphQLError(message, { extensions: LIMITED });
    },
  };
}

/** Iterative: deeply nested input would overflow the stack of a recursive function. */
function isWithin(variables: unknown): boolean {
  const { characters, values, numbers } = VARIABLE_LIMITS;
  const pending = [variables];
  const count = { characters: 0, values: 0, numbers: 0 };
  for (; pending.length > 0; count.values++) {
    const value = pending.pop();
    if (typeof value === "string") count.characters += value.length;
    if (typeof value === "object" && value !== null) {
      const items = Object.values(value).filter((item) => !Array.isArray(value) || typeof item !== "number");
      if (items.length > values) return false;
      if (Array.isArray(value)) count.numbers += value.length - items.length;
      else for (const name of Object.keys(value)) count.characters += name.length;
      pending.push(...items);
    }
    if (count.values > values || count.characters > characters || count.numbers > numbers) return false;
  }
  return true;
}

function useNoIntrospection(): Plugin {
  return { onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule) };
}

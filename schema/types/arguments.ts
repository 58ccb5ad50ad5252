// Checks of query arguments. Queries have no result union, so a wrong argument is a GraphQL error.
import { GraphQLError } from "graphql";

export function badArgument(name: string, problem: string): GraphQLError {
  return new GraphQLError(`Argument "${name}" ${problem}.`, { extensions: { code: "BAD_USER_INPUT" } });
}

export function boundedInt(name: string, value: number, min: number, max: number): number {
  if (value < min || value > max) throw badArgument(name, `must be from ${min} to ${max}, not ${value}`);
  return value;
}

/** The text without surrounding whitespace, as the engine reads it. */
export function boundedText(name: string, text: string, { max }: { readonly max: number }): string {
  const trimmed = text.trim();
  if (trimmed === "") throw badArgument(name, "must not be empty");
  if (trimmed.length > max) throw badArgument(name, `must have at most ${max} characters, not ${trimmed.length}`);
  return trimmed;
}

// Checks of query arguments. Queries have no result union, so a wrong argument is a GraphQL error.
import { GraphQLError } from "graphql";

export function badArgument(name: string, problem: string): GraphQLError {
  return new GraphQLError(`Argument "${name}" ${problem}.`, { extensions: { code: "BAD_USER_INPUT" } });
}

export function boundedInt(name: string, value: number, min: number, max: number): number {
  if (value < min || value > max) throw badArgument(name, `must be from ${min} to ${max}, not ${value}`);
  return value;
}

/** The number of items of a page. Relay's clients send null for what they leave out, and may ask for no items at all. */
export function pageSize(name: string, value: number | null | undefined, page: Page): number {
  return boundedInt(name, value ?? page.default, 0, page.max);
}

/** Default and maximum number of items of a page. */
export type Page = { readonly default: number; readonly max: number };

/** The text without surrounding whitespace, as the engine reads it. */
export function boundedText(name: string, text: string, { max }: { readonly max: number }): string {
  const trimmed = text.trim();
  if (trimmed === "") throw badArgument(name, "must not be empty");
  if (trimmed.length > max) throw badArgument(name, `must have at most ${max} characters, not ${trimmed.length}`);
  return trimmed;
}

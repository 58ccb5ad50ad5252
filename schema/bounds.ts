import { GraphQLError } from "graphql";

/** For arguments of reads, which have no union to tell mistakes in. */
export function badArgument(name: string, problem: string): GraphQLError {
  return new GraphQLError(`Argument "${name}" ${problem}.`, { extensions: { code: "BAD_USER_INPUT" } });
}

export function bounded(name: string, value: number, min: number, max: number): number {
  if (value < min || value > max) throw badArgument(name, `must be from ${min} to ${max}, not ${value}`);
  return value;
}

// An operation that came as a message, ready to run: parsed, checked, its caller known. Through Yoga, as over HTTP.
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { YogaServerInstance } from "graphql-yoga";
import type { Context, Viewer } from "../context.ts";
import { type Errors, maskError, maskResult } from "../server/mask-errors.ts";
import type { ServerContext } from "../server/use-request.ts";

export type Yoga = YogaServerInstance<ServerContext, object>;

/** What the context of an operation is made from that has no HTTP request: who asks, or what they show. */
export type RequestOrigin = {
  readonly headers?: Headers;
  readonly viewer?: Viewer;
  /** In place of the jobs' own. */
  readonly watch?: Context["watch"];
};

type Run = (args: ExecutionArgs) => Promise<ExecutionResult | AsyncGenerator<ExecutionResult, void>>;
/** Yoga makes both anew for each operation, so they travel with its arguments. */
export type Runs = { readonly execute: Run; readonly subscribe: Run };

export async function prepareOperation(
  yoga: Yoga,
  { query, operationName, variables }: SubscribePayload,
  initial: ServerContext & RequestOrigin,
): Promise<ExecutionArgs | GraphQLError[]> {
  const variableValues = variables ?? undefined;
  const params = { query, operationName: operationName ?? undefined, variables: variableValues };
  const enveloped = yoga.getEnveloped({ ...initial, params });
  try {
    const document = enveloped.parse(query);
    const errors = enveloped.validate(enveloped.schema, document) as GraphQLError[];
    if (errors.length > 0) return errors;
    const contextValue = await enveloped.contextFactory();
    // Subscriptions and the rest run through other functions; whoever runs it chooses between them.
    const rootValue: Runs = { execute: enveloped.execute as Run, subscribe: enveloped.subscribe as Run };
    const { schema } = enveloped;
    return { schema, document, contextValue, rootValue, operationName, variableValues };
  } catch (error) {
    return [toGraphQLError(error)];
  }
}

/** An error that escaped would end more than its operation. */
export function toGraphQLError(error: unknown): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError("", { originalError: error as Error });
}

/** Errors as a message may tell them: masked, without what is meant for HTTP. */
export function maskErrors(errors: readonly GraphQLError[], facts: Errors) {
  return maskError(errors, facts).map(bare);
}

/** A result as a message may tell it. */
export function maskExecutionResult<R extends ExecutionResult>(result: R, facts: Errors) {
  if (!result.errors) return result;
  const { errors, ...rest } = maskResult(result, facts);
  return { ...rest, errors: errors?.map(bare) };
}

function bare(error: GraphQLError) {
  const { extensions = {}, ...formatted } = error.toJSON();
  const { http: _, unexpected: __, ...shown } = extensions;
  return { ...formatted, extensions: shown };
}

// Makes an operation from a message ready to run: parsed, validated and with its context, by Yoga's plugins as over HTTP.
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { YogaServerInstance } from "graphql-yoga";
import type { Viewer, Watches } from "../context.ts";
import type { ServerContext } from "../server/use-request-id.ts";

export type Yoga = YogaServerInstance<ServerContext, object>;

/** The source of the context for an operation without an HTTP request: the authenticated viewer, or headers to authenticate. */
export type RequestOrigin = {
  readonly headers?: Headers;
  readonly viewer?: Viewer;
  /** Replaces the tenant's. The caller of the operation counts such streams. */
  readonly watches?: Watches;
  /** The delivery of an event, which is no request of the viewer. */
  readonly isDelivery?: boolean;
};

type Run = (args: ExecutionArgs) => Promise<ExecutionResult | AsyncGenerator<ExecutionResult, void>>;
/** Yoga creates both functions per operation, so they travel in the operation's `rootValue`. */
export type OperationRunners = { readonly execute: Run; readonly subscribe: Run };

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
    // The caller picks the runner by the kind of operation.
    const rootValue: OperationRunners = { execute: enveloped.execute as Run, subscribe: enveloped.subscribe as Run };
    const { schema } = enveloped;
    return { schema, document, contextValue, rootValue, operationName, variableValues };
  } catch (error) {
    return [toGraphQLError(error)];
  }
}

/** An error that is not a GraphQLError would end the whole socket, not only its operation. */
export function toGraphQLError(error: unknown): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError("", { originalError: error as Error });
}

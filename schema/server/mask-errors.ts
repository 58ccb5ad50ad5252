// What clients see of errors. GraphQLErrors thrown on purpose pass; any other error is logged in full, and the client gets
// only its request id.
import { GraphQLError } from "graphql";

export type Log = (error: unknown, facts: { readonly requestId: string }) => void;

/** GraphQL's messages quote the input, which can be long. */
const MAX_MESSAGE_LENGTH = 500;

export type MaskContext = { readonly requestId: string; readonly log: Log };

/** Returns new errors: parse and validation errors are cached with their document and shared by its requests. */
export function maskErrors(errors: readonly GraphQLError[], { requestId, log }: MaskContext): GraphQLError[] {
  return errors.map((error) => {
    const { nodes, source, positions, path } = error;
    const location = { nodes, source, positions, path };
    if (isExpected(error)) {
      const code = error.extensions.code ?? "BAD_USER_INPUT";
      return new GraphQLError(truncate(error.message), {
        ...location,
        extensions: { ...error.extensions, code, requestId },
      });
    }
    log(error.originalError ?? error, { requestId });
    const extensions = { code: "INTERNAL_SERVER_ERROR", requestId, unexpected: true, http: { status: 500 } };
    return new GraphQLError(`Internal server error. Quote request id ${requestId} when you report it.`, {
      ...location,
      extensions,
    });
  });
}

function truncate(message: string): string {
  return message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)} ...` : message;
}

/** True if every error in the chain is a GraphQLError: one that wraps another kind was not thrown on purpose. */
function isExpected(error: Error): boolean {
  if (!(error instanceof GraphQLError) || error.extensions.unexpected === true) return false;
  return error.originalError === undefined || isExpected(error.originalError);
}

type Result = { readonly errors?: readonly GraphQLError[] | undefined };

export function maskResult<R extends Result>(result: R, context: MaskContext): R {
  return result.errors?.length ? { ...result, errors: maskErrors(result.errors, context) } : result;
}

export function maskResultStream<R extends Result>(results: AsyncIterable<R>, context: MaskContext): AsyncIterable<R> {
  const source = results[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const { done, value } = await source.next();
        return done ? { done, value } : { done, value: maskResult(value, context) };
      },
      return: async () => (await source.return?.()) ?? { done: true, value: undefined },
    }),
  };
}

// What of an error a client sees. Meant errors pass; anything else is a bug of ours: logged whole, told by its id alone.
import { GraphQLError } from "graphql";

export type Log = (error: unknown, facts: { readonly requestId: string }) => void;

/** GraphQL's messages name what was sent, however long that is. */
const MESSAGE_LENGTH = 500;

export type Errors = { readonly requestId: string; readonly log: Log };

/** New errors: those of parsing and validation are cached with their document and belong to every request of it. */
export function maskError(errors: readonly GraphQLError[], { requestId, log }: Errors): GraphQLError[] {
  return errors.map((error) => {
    const { nodes, source, positions, path } = error;
    const place = { nodes, source, positions, path };
    if (meant(error)) {
      const code = error.extensions.code ?? "BAD_USER_INPUT";
      return new GraphQLError(shortened(error.message), {
        ...place,
        extensions: { ...error.extensions, code, requestId },
      });
    }
    log(error.originalError ?? error, { requestId });
    const extensions = { code: "INTERNAL_SERVER_ERROR", requestId, unexpected: true, http: { status: 500 } };
    return new GraphQLError(`Something went wrong here. Ask us about ${requestId}.`, { ...place, extensions });
  });
}

function shortened(message: string): string {
  return message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)} ...` : message;
}

/** A GraphQLError all the way down: one that wraps another kind was thrown by code that did not mean to answer. */
function meant(error: Error): boolean {
  if (!(error instanceof GraphQLError) || error.extensions.unexpected === true) return false;
  return error.originalError === undefined || meant(error.originalError);
}

type Result = { readonly errors?: readonly GraphQLError[] | undefined };

export function maskResult<R extends Result>(result: R, errors: Errors): R {
  return result.errors?.length ? { ...result, errors: maskError(result.errors, errors) } : result;
}

export function maskResults<R extends Result>(results: AsyncIterable<R>, errors: Errors): AsyncIterable<R> {
  const source = results[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const { done, value } = await source.next();
        return done ? { done, value } : { done, value: maskResult(value, errors) };
      },
      return: async () => (await source.return?.()) ?? { done: true, value: undefined },
    }),
  };
}

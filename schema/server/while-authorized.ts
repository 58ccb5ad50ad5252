// A subscription outlives the check of its caller's key, so the key is checked again before each event.
import { GraphQLError } from "graphql";

/** The last value of a stream that had to end. */
export class EndOfStream {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * The events for as long as `authorize` resolves, and then an EndOfStream with the error it rejected with. `return` ends
 * the source at once, also while `next` is pending. `onEnd` is called before the stream ends, perhaps more than once.
 */
export function whileAuthorized<T>(
  events: AsyncGenerator<T, void, undefined>,
  authorize: () => Promise<void>,
  onEnd: () => Promise<void>,
): AsyncIterableIterator<T | EndOfStream> {
  let ended = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (ended) return { done: true, value: undefined };
      const event = await events.next().catch(async (error) => {
        await onEnd();
        throw error;
      });
      if (event.done) {
        await onEnd();
        return event;
      }
      try {
        await authorize();
        return event;
      } catch (error) {
        ended = true;
        await events.return();
        await onEnd();
        return { done: false, value: new EndOfStream(error) };
      }
    },
    return: async () => {
      await events.return();
      await onEnd();
      return { done: true, value: undefined };
    },
  };
}

/** The message for a missing or unknown key. */
export const NO_KEY = "Send a valid key: authorization: Bearer <key>.";

export function unauthenticated(): GraphQLError {
  const http = { status: 401, headers: { "www-authenticate": "Bearer" } };
  return new GraphQLError(NO_KEY, { extensions: { code: "UNAUTHENTICATED", http } });
}

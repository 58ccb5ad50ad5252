import { memoizeAsync } from "./memoize-async.ts";

/**
 * A port whose adapter is made at the first call of it, so that what the adapter imports is loaded only where it is used.
 * Every method of the port must answer with a promise. An adapter that cannot be made rejects the call, and is made again
 * at the next one.
 */
export function lazyPort<Port extends object>(open: () => Promise<Port>): Port {
  const made = memoizeAsync(open);
  const call =
    (name: PropertyKey) =>
    async (...args: unknown[]) => {
      const port = (await made()) as Record<PropertyKey, (...args: unknown[]) => unknown>;
      return port[name]!(...args);
    };
  // It has no `then`: a promise that is resolved with a port must not take it for another promise.
  return new Proxy({} as Port, { get: (_, name) => (name === "then" ? undefined : call(name)) });
}

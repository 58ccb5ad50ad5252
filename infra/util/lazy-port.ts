import { memoizeAsync } from "./memoize-async.ts";

/**
 * A port whose adapter is created by its first call, so that the adapter's imports are loaded only where it is used.
 * Every method of the port must return a promise. If `open` fails, the call rejects and the next call retries. Methods in
 * `own` do without the adapter.
 */
export function lazyPort<Port extends object>(open: () => Promise<Port>, own: Partial<Port> = {}): Port {
  const made = memoizeAsync(open);
  const call =
    (name: PropertyKey) =>
    async (...args: unknown[]) => {
      const port = (await made()) as Record<PropertyKey, (...args: unknown[]) => unknown>;
      return port[name]!(...args);
    };
  // No `then`: a promise resolved with the port must not treat the port as another promise.
  return new Proxy({} as Port, {
    get: (_, name) => (name === "then" ? undefined : (own[name as keyof Port] ?? call(name))),
  });
}

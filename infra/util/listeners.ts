/** Functions that are called with the values of a key. */
export class Listeners<T> {
  readonly #byKey = new Map<string, Set<(value: T) => void>>();

  /** Returns a function that stops listening. */
  listen(key: string, wake: (value: T) => void): () => void {
    // A new function for each call, so that the same `wake` can be registered and removed twice.
    const listener = (value: T) => wake(value);
    this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(listener));
    return () => {
      const others = this.#byKey.get(key);
      others?.delete(listener);
      if (others?.size === 0) this.#byKey.delete(key);
    };
  }

  notify(key: string, value: T): void {
    for (const wake of [...(this.#byKey.get(key) ?? [])]) wake(value);
  }
}

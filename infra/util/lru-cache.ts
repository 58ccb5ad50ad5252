/** Values by id. When the total weight exceeds the capacity, the least recently used values are evicted. */
type LruCache<T> = {
  get(id: string): T | undefined;
  /** Returns `value`. */
  set(id: string, value: T, weight: number): T;
  delete(id: string): void;
  clear(): void;
};

export function createLruCache<T>(capacity: number): LruCache<T> {
  /** In order of use, the least recent first: the iteration order of a Map. */
  const entries = new Map<string, { readonly value: T; readonly weight: number }>();
  let weight = 0;
  const remove = (id: string) => {
    weight -= entries.get(id)?.weight ?? 0;
    entries.delete(id);
  };
  return {
    get: (id) => {
      const found = entries.get(id);
      if (found === undefined) return undefined;
      entries.delete(id);
      entries.set(id, found);
      return found.value;
    },
    set: (id, value, entryWeight) => {
      remove(id);
      entries.set(id, { value, weight: entryWeight });
      weight += entryWeight;
      for (const oldest of entries.keys()) {
        if (weight <= capacity) break;
        remove(oldest);
      }
      return value;
    },
    delete: remove,
    clear: () => {
      entries.clear();
      weight = 0;
    },
  };
}

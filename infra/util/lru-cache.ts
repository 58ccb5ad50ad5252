/** What was used lately, by id. What was used longest ago goes first, as soon as all of it together weighs too much. */
export type LruCache<T> = {
  get(id: string): T | undefined;
  /** Returns the value. */
  set(id: string, value: T, weight: number): T;
  delete(id: string): void;
  clear(): void;
};

export function createLruCache<T>(most: number): LruCache<T> {
  /** The longest unused first, which is the order of a Map. */
  const held = new Map<string, { readonly value: T; readonly weight: number }>();
  let weight = 0;
  const remove = (id: string) => {
    weight -= held.get(id)?.weight ?? 0;
    held.delete(id);
  };
  return {
    get: (id) => {
      const found = held.get(id);
      if (found === undefined) return undefined;
      held.delete(id);
      held.set(id, found);
      return found.value;
    },
    set: (id, value, itsWeight) => {
      remove(id);
      held.set(id, { value, weight: itsWeight });
      weight += itsWeight;
      for (const oldest of held.keys()) {
        if (weight <= most) break;
        remove(oldest);
      }
      return value;
    },
    delete: remove,
    clear: () => {
      held.clear();
      weight = 0;
    },
  };
}

/** What was used lately, by id. What was used longest ago goes first, as soon as all of it together weighs too much. */
export type Recent<T> = {
  get(id: string): T | undefined;
  /** Returns the value. */
  keep(id: string, value: T, weight: number): T;
  forget(id: string): void;
  clear(): void;
};

export function recent<T>(most: number): Recent<T> {
  /** The longest unused first, which is the order of a Map. */
  const held = new Map<string, { readonly value: T; readonly weight: number }>();
  let weight = 0;
  const forget = (id: string) => {
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
    keep: (id, value, itsWeight) => {
      forget(id);
      held.set(id, { value, weight: itsWeight });
      weight += itsWeight;
      for (const oldest of held.keys()) {
        if (weight <= most) break;
        forget(oldest);
      }
      return value;
    },
    forget,
    clear: () => {
      held.clear();
      weight = 0;
    },
  };
}

/** Calls `make` once and shares its promise. If it rejects, the next call runs `make` again. */
export function memoizeAsync<Out>(make: () => Promise<Out>): () => Promise<Out> {
  let made: Promise<Out> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

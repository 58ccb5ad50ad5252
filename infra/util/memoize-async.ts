/** What `make` gives, made at the first call. When that fails, the next call makes it again. */
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

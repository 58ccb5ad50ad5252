/** Runs `act` for every item, at most `limit` at a time. Rejects as soon as one call of `act` does. */
export async function forEachConcurrent<Item>(
  items: Iterable<Item>,
  limit: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const remaining = items[Symbol.iterator]();
  const work = async () => {
    for (let next = remaining.next(); !next.done; next = remaining.next()) await act(next.value);
  };
  await Promise.all(Array.from({ length: limit }, work));
}

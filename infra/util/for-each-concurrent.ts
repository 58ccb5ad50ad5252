/** Acts on all of them, so many at the same time; whether `act` said true of each. Rejects as `act` does. */
export async function forEachConcurrent<Item>(
  items: Iterable<Item>,
  most: number,
  act: (item: Item) => Promise<boolean>,
): Promise<boolean> {
  const left = items[Symbol.iterator]();
  let all = true;
  const work = async () => {
    for (let next = left.next(); !next.done; next = left.next()) all = (await act(next.value)) && all;
  };
  await Promise.all(Array.from({ length: most }, work));
  return all;
}

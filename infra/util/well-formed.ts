/**
 * Whether a text is valid Unicode. In UTF-8 every lone surrogate becomes the same replacement character, so two different
 * ill-formed texts could have the same hash.
 */
export function isWellFormed(text: string): boolean {
  // With the flag u, a surrogate matches only outside of a pair.
  return !/\p{Surrogate}/u.test(text);
}

// Operations that were parsed and checked, by their text, for those that come again. Clients have some dozens; Yoga's own
// caches hold a thousand, and a thousand that were made to be large (each different, each wrong in a hundred places) are
// 600 MB.
import type { DocumentNode } from "graphql";

/** Of each kind, parsed and refused: at most some 50 MB, whoever asks. */
const KEPT = 100;

export function documentCaches() {
  return { documentCache: recent<DocumentNode>(), errorCache: recent<unknown>() };
}

/** The least recently used one goes. A Map keeps the order in which its keys came. */
function recent<T>() {
  const kept = new Map<string, T>();
  return {
    get(text: string): T | undefined {
      const found = kept.get(text);
      if (found === undefined) return undefined;
      kept.delete(text);
      kept.set(text, found);
      return found;
    },
    set(text: string, value: T): void {
      kept.set(text, value);
      const [oldest] = kept.keys();
      if (kept.size > KEPT) kept.delete(oldest!);
    },
  };
}

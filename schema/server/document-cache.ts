// Operations that were parsed and checked, by their text, for those that come again. Clients have some dozens; Yoga's own
// caches hold a thousand, and a thousand that were made to be large (each different, each wrong in a hundred places) are
// 600 MB.
import type { DocumentNode } from "graphql";
import { createLruCache } from "../../infra/util/lru-cache.ts";

/** Of each kind, parsed and refused: at most some 50 MB, whoever asks. */
const KEPT = 100;

export function useDocumentCache() {
  return { documentCache: cache<DocumentNode>(), errorCache: cache<unknown>() };
}

function cache<T>() {
  const kept = createLruCache<T>(KEPT);
  return { get: kept.get, set: (text: string, value: T) => void kept.set(text, value, 1) };
}

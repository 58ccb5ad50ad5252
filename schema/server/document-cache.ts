// A cache of parsed and validated operations by their text. Clients send some dozens of different ones. Yoga's own caches
// hold a thousand, and a thousand crafted to be large (all different, each with a hundred errors) take 600 MB.
import type { DocumentNode } from "graphql";
import { createLruCache } from "../../infra/util/lru-cache.ts";

/** For valid and for refused documents each: about 50 MB at most, whatever clients send. */
const MAX_DOCUMENTS = 100;

export function createDocumentCache() {
  return { documentCache: createCache<DocumentNode>(), errorCache: createCache<unknown>() };
}

function createCache<T>() {
  const cache = createLruCache<T>(MAX_DOCUMENTS);
  return { get: cache.get, set: (text: string, value: T) => void cache.set(text, value, 1) };
}

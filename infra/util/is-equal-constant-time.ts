import { createHash, timingSafeEqual } from "node:crypto";

/** Compares secrets. Takes the same time wherever the texts differ, and whatever the length of the right one. */
export function isEqualConstantTime(given: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}

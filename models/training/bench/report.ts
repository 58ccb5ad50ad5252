// What benches make of their numbers.
import { readFileSync, writeFileSync } from "node:fs";

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** Puts the table between `<!-- name -->` and `<!-- /name -->` of a page. */
export function writeTable(page: string, name: string, table: string): void {
  const place = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*(<!-- /${name} -->)`);
  // A function, because "$12" in a replacement string would name a group.
  const filled = (_: string, open: string, close: string) => `${open}\n${table}\n\n${close}`;
  writeFileSync(page, readFileSync(page, "utf8").replace(place, filled));
}

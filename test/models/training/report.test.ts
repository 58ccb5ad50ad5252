import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { median, writeTable } from "../../../models/training/bench/report.ts";

test("a table goes between its markers, dollar amounts included", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-report-"));
  const page = path.join(folder, "page.md");
  try {
    writeFileSync(page, "before\n\n<!-- cost -->\nold\n<!-- /cost -->\n\nafter\n");
    writeTable(page, "cost", "| $12.50 | $1 |");
    expect(readFileSync(page, "utf8")).toBe("before\n\n<!-- cost -->\n\n| $12.50 | $1 |\n\n<!-- /cost -->\n\nafter\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the median of an even number of values is the mean of the middle two", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});

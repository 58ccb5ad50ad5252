import { expect, test } from "vitest";
import { sinceText } from "../../../functions/studio/ui/texts.ts";

test.each([
  [20_000, "just now"],
  [61_000, "1 minute ago"],
  [7_300_000, "2 hours ago"],
  [90_000_000, "yesterday"],
])("%i ms ago is %j", (milliseconds, text) => {
  expect(sinceText("2026-01-02T00:00:00.000Z", Date.parse("2026-01-02T00:00:00.000Z") + milliseconds)).toBe(text);
});

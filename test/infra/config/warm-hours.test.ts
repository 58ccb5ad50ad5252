import { expect, test } from "vitest";
import { warmHours, warmSecondsLeft } from "../../../infra/config/warm-hours.ts";

const left = (text: string, at: string) => {
  const read = warmHours(text);
  if ("must" in read) throw new Error(read.must);
  return warmSecondsLeft(read.ok, Date.parse(at));
};

// 2026-11-30 is a Monday.
test.each([
  ["Mon-Fri 08:00-18:00", "2026-11-30T08:00:00Z", 36_000],
  ["Mon-Fri 08:00-18:00", "2026-11-30T07:59:59Z", 0],
  ["Mon-Fri 08:00-18:00", "2026-11-30T18:00:00Z", 0],
  ["Mon-Fri 08:00-18:00", "2026-11-29T12:00:00Z", 0],
  ["Sun 00:00-24:00", "2026-11-29T23:59:00Z", 60],
  ["Sun 00:00-24:00", "2026-11-29T00:00:00Z", 86_400],
  // Berlin is an hour ahead of UTC in winter and two in summer.
  ["Mon 08:00-18:00 Europe/Berlin", "2026-11-30T07:00:00Z", 36_000],
  ["Wed 08:00-18:00 Europe/Berlin", "2026-07-01T15:59:00Z", 60],
  ["Tue 00:00-06:00 Asia/Tokyo", "2026-11-30T15:00:00Z", 21_600],
])("of %s, %s leaves %i seconds", (text, at, seconds) => {
  expect(left(text, at)).toBe(seconds);
});

test.each([
  "",
  "always",
  "Mon-Fri",
  "Fri-Mon 08:00-18:00",
  "Mon 18:00-08:00",
  "Mon 08:00-08:00",
  "Mon 8-18",
  "Xyz 08:00-18:00",
  "Mon 08:00-18:00 Mars/Olympus",
  "Mon 08:00-25:00",
])("refuses %j", (text) => {
  expect(warmHours(text)).toEqual({ must: expect.stringContaining("Mon-Fri 08:00-18:00") });
});

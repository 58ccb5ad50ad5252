// The hours in which GPU workers stay up without work: "Mon-Fri 08:00-18:00 Europe/Berlin".
import type { Parser } from "./parsers.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const FORM = /^(\w{3})(?:-(\w{3}))? ([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)(?: (\S+))?$/;
const MUST = "days and hours such as Mon-Fri 08:00-18:00, with a time zone such as Europe/Berlin if it is not UTC";
const DAY_MINUTES = 24 * 60;

export type WarmHours = {
  /** The text it was read from. */
  readonly text: string;
  /** Of DAYS. */
  readonly days: readonly string[];
  /** Minutes since midnight; `to` is not part of the hours. */
  readonly from: number;
  readonly to: number;
  readonly zone: string;
};

/** Hours of one day: those that pass midnight are two settings' worth, and not supported. */
export const warmHours: Parser<WarmHours> = (text) => {
  const found = FORM.exec(text);
  if (found === null) return { must: MUST };
  const [, first, last = first, fromHour, fromMinute, toHour = "24", toMinute = "00", zone = "UTC"] = found;
  const [begin, end] = [first, last].map((day) => DAYS.indexOf(day as (typeof DAYS)[number])) as [number, number];
  const [from, to] = [minutes(fromHour!, fromMinute!), minutes(toHour, toMinute)];
  if (begin < 0 || end < begin || to <= from || !isZone(zone)) return { must: MUST };
  return { ok: { text, days: DAYS.slice(begin, end + 1), from, to, zone } };
};

/** Seconds until the hours end, 0 outside of them. */
export function warmSecondsLeft({ days, from, to, zone }: WarmHours, now: number): number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const minute = minutes(parts.hour!, parts.minute!) % DAY_MINUTES;
  return days.includes(parts.weekday!) && minute >= from && minute < to ? (to - minute) * 60 : 0;
}

const minutes = (hour: string, minute: string) => 60 * Number(hour) + Number(minute);

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone });
    return true;
  } catch {
    return false;
  }
}

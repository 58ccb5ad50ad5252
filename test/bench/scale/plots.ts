// The plots of docs/reports/scale.md.

import { type Axis, type Series, svg } from "../../../models/training/bench/plot.ts";
import type { Day } from "./day.ts";
import { DAY } from "./demand.ts";
import { shareOf, sorted } from "./waits.ts";

const NAMES = { cpu: "Lambda, picto", gpu: "GPU, Karlo" } as const;
const SLOTS = 48;
const hours: Axis = {
  label: "hours after the quietest one",
  ticks: [0, 4, 8, 12, 16, 20, 24].map((hour) => ({ at: (hour * DAY) / 24, text: String(hour) })),
};
const powers = (label: string, from: number, to: number, text: (power: number) => string): Axis => ({
  label,
  log: true,
  ticks: Array.from({ length: to - from + 1 }, (_, i) => ({ at: 10 ** (from + i), text: text(from + i) })),
});

/** p99 of each half hour. */
export function waitPlot(days: readonly Day[]): string {
  const series = days.map(({ machine, result }): Series => {
    const slots: number[][] = Array.from({ length: SLOTS }, () => []);
    for (const [i, at] of result.waitedAt.entries())
      slots[Math.min(SLOTS - 1, Math.floor((at / DAY) * SLOTS))]!.push(result.waits[i]!);
    const points = slots.flatMap((waits, i) =>
      waits.length > 0 ? [[((i + 0.5) * DAY) / SLOTS, shareOf(sorted(waits), 0.99)] as const] : [],
    );
    return { name: NAMES[machine], points };
  });
  const y = powers("wait, p99 of half an hour", -1, 3, (power) => `${10 ** power} s`);
  return svg({ title: "100,000 pictures a day: how long jobs wait", x: hours, y, series });
}

export function workersPlot(days: readonly Day[]): string {
  const series = days.map(({ machine, result }) => ({
    name: NAMES[machine],
    points: result.workers.map(({ at, count }) => [at, count] as const),
  }));
  const most = Math.max(...days.map(({ result }) => result.peakWorkers));
  const top = Math.ceil(most / 5) * 5;
  const y = {
    label: "workers",
    ticks: [0, 1, 2, 3, 4, 5].map((i) => ({ at: (top * i) / 5, text: String((top * i) / 5) })),
  };
  return svg({ title: "100,000 pictures a day: workers", x: hours, y, series });
}

export function costPlot(kinds: readonly (readonly Day[])[]): string {
  const series = kinds.map((days) => ({
    name: NAMES[days[0]!.machine],
    points: days.map(({ pictures, cost }) => [pictures, (1000 * cost) / pictures] as const),
  }));
  const x = powers("pictures a day", 0, 6, (power) => (10 ** power).toLocaleString("en"));
  const y = powers("dollars for 1,000 pictures", -2, 2, (power) => `$${10 ** power}`);
  return svg({ title: "What 1,000 pictures cost, without what is there while nothing happens", x, y, series });
}

import { expect, test } from "vitest";
import { svg } from "../../../models/training/bench/plot.ts";

const axis = { label: "x", ticks: [0, 1].map((at) => ({ at, text: String(at) })) };
const points = [
  [0, 0],
  [0.5, 1],
] as const;

test("marks and names the points of a line that has labels, where the line goes", () => {
  const plot = svg({ title: "t", x: axis, y: axis, series: [{ name: "a", points, labels: ["first", "second"] }] });
  const [, line] = /<path d="M([\d.]+ [\d.]+L[\d.]+ [\d.]+)" fill="none"/.exec(plot)!;
  const marks = [...plot.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => `${x} ${y}`);
  expect(marks.join("L")).toBe(line);
  expect(plot).toContain(">second</text>");
});

test("leaves a line without labels bare", () => {
  expect(svg({ title: "t", x: axis, y: axis, series: [{ name: "a", points }] })).not.toContain("<circle");
});

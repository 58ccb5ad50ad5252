import { expect, it } from "vitest";
import { formatForTerminal } from "../../functions/terminal-log.ts";

const time = "2026-01-02T03:04:05.678Z";
const clock = new Date(time).toTimeString().slice(0, 8);

it("a log line at a terminal has the time of day, the level, the message and its facts", () => {
  const line = JSON.stringify({ level: 30, time, job: "j1", stages: { decoder: 7 }, msg: "attempt ended" });
  expect(formatForTerminal(line)).toBe(`${clock} info  attempt ended  job=j1  stages={"decoder":7}\n`);
});

it("and the stack of an error below", () => {
  const err = { type: "Error", message: "no", stack: "Error: no\n    at x" };
  const line = JSON.stringify({ level: 50, time, err, msg: "failed" });
  expect(formatForTerminal(line)).toBe(`${clock} error failed\nError: no\n    at x\n`);
  const without = JSON.stringify({ level: 50, time, err: { message: "no" }, msg: "failed" });
  expect(formatForTerminal(without)).toBe(`${clock} error failed\nno\n`);
});

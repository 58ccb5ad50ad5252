import { expect, it } from "vitest";
import { formatProgress, ProgressBar } from "../../../functions/cli/progress-bar.ts";

const decoder = { stage: "decoder", picture: 1, pictures: 4, step: 12, steps: 24 } as const;

it("the progress line shows stage, picture, step and time, and its bar covers all pictures of the stage", () => {
  expect(formatProgress(undefined, 400, "opening the bundle")).toBe("opening the bundle  0.4 s");
  const line = formatProgress(decoder, 8340, "");
  expect(line).toBe(`decoder         ${"█".repeat(9)}${"░".repeat(15)}  picture 2 of 4  step 12 of 24  8.3 s`);
  const alone = formatProgress({ stage: "upsampler-1024", picture: 0, pictures: 1, step: 4, steps: 4 }, 12_000, "");
  expect(alone).toBe(`upsampler-1024  ${"█".repeat(24)}  step 4 of 4  12.0 s`);
});

it("the progress bar redraws one line, never wider than the terminal, and clears it at the end", () => {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  const bar = new ProgressBar({ columns: 30, write }, "opening the bundle");
  bar.update(decoder);
  bar.end();
  expect(written.every((text) => text.startsWith("\r\x1b[K") && !text.includes("\n"))).toBe(true);
  expect(written.map((text) => text.length - "\r\x1b[K".length)).toEqual([25, 29, 0]);
});

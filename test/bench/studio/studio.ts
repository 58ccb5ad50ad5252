// npm run bench:studio: how soon the studio can be used, and the longest task of the page while a hundred pictures are scrolled.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { median } from "../../../models/training/bench/report.ts";
import { runQuery } from "../../support/local/run-query.ts";
import { startOn } from "../../support/local/start.ts";
import { CHROMIUM, FLAGS } from "../../support/studio/chromium.ts";

const LOADS = 5;
const JOBS = 25;
const WHEEL_PIXELS = 300;

const data = mkdtempSync(path.join(tmpdir(), "unclip-bench-"));
const running = await startOn(data, { quota: 1_000 });
const browser = await chromium.launch({ executablePath: CHROMIUM!, args: FLAGS });
try {
  await fill(running.url);
  const ready: number[] = [];
  for (let i = 0; i < LOADS; i++) ready.push(await timeToFocus(running.url));
  console.error(
    `the caption box has the focus after ${Math.round(median(ready))} ms (median of ${LOADS} first visits)`,
  );
  console.error(
    `the longest task while scrolling ${4 * JOBS} pictures takes ${Math.round(await longestTask(running.url))} ms`,
  );
} finally {
  await browser.close();
  await running.close();
  rmSync(data, { recursive: true });
}

/** Draws 100 pictures of 256 pixels. */
async function fill(url: string): Promise<void> {
  const input = { prompt: "a red apple", size: 256, preset: "DRAFT", count: 4 };
  const generate = "mutation ($input: GenerateInput!) { generate(input: $input) { __typename } }";
  for (let i = 0; i < JOBS; i++) await runQuery(url, generate, { input });
  while ((await runQuery(url, "{ viewer { picturesInFlight } }")).viewer.picturesInFlight > 0) await sleep(500);
}

/** From the beginning of the navigation until a person can type, in milliseconds, with an empty browser cache. */
async function timeToFocus(url: string): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  const focused = await page.waitForFunction(
    () => document.activeElement?.getAttribute("aria-label") === "Caption" && performance.now(),
  );
  const time = (await focused.jsonValue()) as number;
  await context.close();
  return time;
}

/** In milliseconds; 0 if no task is longer than 50 ms, from which on the browser reports them. */
async function longestTask(url: string): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  await page.getByRole("article").first().waitFor();
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
  });
  await page.mouse.move(700, 600);
  for (let at = -1, before = -2; at !== before; ) {
    before = at;
    await page.mouse.wheel(0, WHEEL_PIXELS);
    await page.waitForTimeout(100);
    at = await page.evaluate(() => scrollY);
  }
  return page.evaluate(() => Math.max(0, ...(globalThis as unknown as { tasks: number[] }).tasks));
}

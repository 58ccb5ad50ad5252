// npm run bench:studio: how soon the studio can be used, and the longest task of the page while a hundred pictures are scrolled.
// Beside each duration stands the processor time of the page's thread, which other work on the machine does not change much.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CDPSession, chromium, type Page } from "playwright-core";
import { median } from "../../../models/training/bench/report.ts";
import { runQuery } from "../../support/local/run-query.ts";
import { startOn } from "../../support/local/start.ts";
import { CHROMIUM, FLAGS } from "../../support/studio/chromium.ts";

const LOADS = 5;
const JOBS = 25;
const WHEEL_PIXELS = 300;

/** In milliseconds. */
type Measured = { readonly elapsed: number; readonly processor: number };

const data = mkdtempSync(path.join(tmpdir(), "unclip-bench-"));
const running = await startOn(data, { quota: 1_000 });
const browser = await chromium.launch({ executablePath: CHROMIUM!, args: FLAGS });
try {
  await fill(running.url);
  const ready: Measured[] = [];
  for (let i = 0; i < LOADS; i++) ready.push(await timeToFocus(running.url));
  const middle = (name: keyof Measured) => Math.round(median(ready.map((each) => each[name])));
  console.error(
    `the caption box has the focus after ${middle("elapsed")} ms, ${middle("processor")} ms of processor time (medians of ${LOADS} first visits)`,
  );
  const { elapsed, processor } = await longestTask(running.url);
  console.error(
    `the longest task while scrolling ${4 * JOBS} pictures takes ${Math.round(elapsed)} ms, and at most ${Math.round(processor)} ms of processor time`,
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

/** From the beginning of the navigation until a person can type, with an empty browser cache. */
async function timeToFocus(url: string): Promise<Measured> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await measuring(page);
  await page.goto(url);
  const focused = await page.waitForFunction(
    () => document.activeElement?.getAttribute("aria-label") === "Caption" && performance.now(),
  );
  const elapsed = (await focused.jsonValue()) as number;
  const processor = await processorTime(session);
  await context.close();
  return { elapsed, processor };
}

/**
 * `elapsed` is 0 if no task is longer than 50 ms, from which on the browser reports them. `processor` is of the busiest step
 * of the scrolling, which has several tasks.
 */
async function longestTask(url: string): Promise<Measured> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const session = await measuring(page);
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
  let processor = 0;
  for (let at = -1, before = -2; at !== before; ) {
    before = at;
    const begin = await processorTime(session);
    await page.mouse.wheel(0, WHEEL_PIXELS);
    await page.waitForTimeout(100);
    at = await page.evaluate(() => scrollY);
    processor = Math.max(processor, (await processorTime(session)) - begin);
  }
  const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks);
  return { elapsed: Math.max(0, ...tasks), processor };
}

async function measuring(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return session;
}

/** Of all tasks of the page's main thread so far, in milliseconds. */
async function processorTime(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1_000 * metrics.find(({ name }) => name === "TaskDuration")!.value;
}

// The studio of a server on the tiny bundle, in a browser.
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import type { LocalSettings } from "../../../infra/config/env.ts";
import { startOn } from "../local/start.ts";
import { dataFolder } from "../local/temporary-folder.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import { Pace } from "./paced-engine.ts";

const SMALL = { size: 64, preset: "DRAFT" };

/** Closed at the end of the test. */
export async function startServer(settings: Partial<LocalSettings> = {}): Promise<{ url: string; pace: Pace }> {
  const pace = new Pace();
  const running = await startOn(dataFolder(), settings, pace.openEngine);
  onTestFinished(async () => {
    pace.release();
    await running.close();
  });
  return { url: running.url, pace };
}

type Opened = WatchedPage & { readonly url: string; readonly pace: Pace };

/** The smallest size and the least steps are chosen, so that a picture takes a moment only. */
export async function openStudio(
  options: BrowserContextOptions = {},
  path = "/",
  settings: Partial<LocalSettings> = {},
): Promise<Opened> {
  const server = await startServer(settings);
  const opened = await openPage(options);
  await chooseSmall(opened.page);
  await opened.page.goto(server.url + path);
  await opened.page.getByRole("form", { name: "New pictures" }).waitFor();
  return { ...server, ...opened };
}

/** Before the page is opened for the first time. */
export async function chooseSmall(page: Page): Promise<void> {
  await page.addInitScript(({ size, preset }) => {
    if (sessionStorage.getItem("unclip.size") !== null) return;
    sessionStorage.setItem("unclip.size", String(size));
    sessionStorage.setItem("unclip.preset", JSON.stringify(preset));
  }, SMALL);
}

export async function draw(page: Page, caption: string, count = 1): Promise<Locator> {
  await page.getByRole("radio", { name: String(count), exact: true }).check();
  const box = page.getByLabel("Caption", { exact: true });
  await box.fill(caption);
  await box.press("Enter");
  return page.getByRole("article", { name: caption }).first();
}

/** Waits until all pictures of a job are loaded. */
export async function finished(job: Locator, count = 1): Promise<void> {
  await expect.poll(() => loadedPictures(job), { timeout: 20_000 }).toBe(count);
}

export const loadedPictures = (job: Locator): Promise<number> =>
  job
    .locator(".tile-open img")
    .evaluateAll((images) => images.filter((image) => "naturalWidth" in image && image.naturalWidth).length);

/** Opens a picture of a job. */
export async function openFirst(job: Locator): Promise<Locator> {
  await job.locator(".tile-open").first().click();
  return job.page().getByRole("dialog");
}

// Chromium for the tests of pages.
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, describe, onTestFinished } from "vitest";
import { CHROMIUM, FLAGS } from "./chromium.ts";

/** `describe`, which is skipped without a browser. */
export const describeWithBrowser = describe.skipIf(CHROMIUM === undefined);
if (CHROMIUM === undefined)
  console.error("Chromium was not found, so the tests of pages in a browser are skipped. CHROMIUM=PATH names one.");

let browser: Promise<Browser> | undefined;
afterAll(async () => {
  await (await browser)?.close();
  browser = undefined;
});

export type WatchedPage = {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests to other origins. */
  readonly problems: readonly string[];
};

/** A page of its own context, closed at the end of the test. */
export async function openPage(options: BrowserContextOptions = {}): Promise<WatchedPage> {
  browser ??= chromium.launch({ executablePath: CHROMIUM!, args: FLAGS });
  const context = await (await browser).newContext({ viewport: { width: 1440, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  // Below the time limit of a test, so that the message names what is missing.
  page.setDefaultTimeout(15_000);
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^https?:$/.test(protocol) && origin !== new URL(page.url()).origin && !request.isNavigationRequest())
      problems.push(`a request to ${origin}`);
  });
  return { page, problems };
}

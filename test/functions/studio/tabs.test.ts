// Many tabs of one browser, which opens at most six connections to a server over HTTP/1.1.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeWithBrowser, openPage } from "../../support/studio/browser.ts";
import { chooseSmall, draw, finished, startServer } from "../../support/studio/studio.ts";

const TABS = 8;
const captions = Array.from({ length: TABS }, (_, tab) => `a red apple ${tab}`);

const article = (page: Page, name: string) => page.getByRole("article", { name, exact: true });

describeWithBrowser("eight tabs of the studio", () => {
  test("follow eight jobs at once, whichever of them are closed", { timeout: 90_000 }, async () => {
    const { url, pace } = await startServer();
    const { page: first, problems } = await openPage();
    const tabs = [first];
    while (tabs.length < TABS) tabs.push(await first.context().newPage());
    for (const tab of tabs) {
      await chooseSmall(tab);
      await tab.goto(url);
    }
    pace.hold();
    for (const [i, tab] of tabs.entries()) {
      const job = await draw(tab, captions[i]!);
      // The first one is drawn, and the others wait in this order.
      await (i === 0 ? job.locator(".preview") : job).waitFor();
    }
    // Each tab knows all jobs, also those that other tabs have asked for.
    for (const tab of tabs) for (const caption of captions) await article(tab, caption).waitFor();
    await article(first, captions[2]!).getByText("Waits for another job").waitFor();
    await article(first, captions[3]!).getByText("Waits for 2 other jobs").waitFor();
    // The tab that reads the events for all others.
    await first.close();
    pace.release();
    for (const tab of tabs.slice(1)) for (const caption of captions) await finished(article(tab, caption));
    expect(problems).toEqual([]);
  });
});

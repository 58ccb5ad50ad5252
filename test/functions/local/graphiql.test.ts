import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeWithBrowser, openPage } from "../../support/studio/browser.ts";
import { startServer } from "../../support/studio/studio.ts";

describeWithBrowser("GraphiQL", () => {
  test("runs its tabs one after another without pasting ids, and leads to the studio", async () => {
    const { url } = await startServer();
    const { page, problems } = await openPage();
    await page.goto(`${url}/graphql`);
    const run = page.locator(".graphiql-execute-button");
    const result = page.locator(".graphiql-response");
    await run.click();
    await result.getByText('"QUEUED"', { exact: true }).waitFor();
    await openTab(page, "Follow", "subscription Follow");
    await run.click();
    await result.getByText('"SUCCEEDED"', { exact: true }).waitFor();
    await openTab(page, "Variations", "mutation Variations");
    await run.click();
    await result.getByText('"QUEUED"', { exact: true }).waitFor();
    await page.getByRole("link", { name: "Studio" }).click();
    await page.getByRole("article").first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    expect(problems).toEqual([]);
  });
});

/** Waits until GraphiQL can run the operation of the tab. */
async function openTab(page: Page, name: string, operation: string): Promise<void> {
  // The tabs can be dragged, and a click by mouse that comes before they have settled only begins that.
  await page.locator(".graphiql-tab-button", { hasText: name }).dispatchEvent("click");
  await page.locator(".graphiql-query-editor", { hasText: operation }).waitFor();
  // GraphiQL reads the operation's name 100 ms after the text has changed, and stores the text at the same time. Until then it
  // runs the new text under the name of the previous tab's operation, and reports "Cannot infer operation".
  await page.waitForFunction((text) => localStorage.getItem("graphiql:query")?.includes(text), operation);
}

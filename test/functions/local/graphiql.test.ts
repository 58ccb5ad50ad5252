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
    // The tabs can be dragged, and a click by mouse that comes before they have settled only begins that.
    await page.locator(".graphiql-tab-button", { hasText: "Follow" }).dispatchEvent("click");
    await page.locator(".graphiql-query-editor", { hasText: "subscription Follow" }).waitFor();
    await run.click();
    await result.getByText('"SUCCEEDED"', { exact: true }).waitFor();
    await page.locator(".graphiql-tab-button", { hasText: "Variations" }).dispatchEvent("click");
    await page.locator(".graphiql-query-editor", { hasText: "mutation Variations" }).waitFor();
    await run.click();
    await result.getByText('"QUEUED"', { exact: true }).waitFor();
    await page.getByRole("link", { name: "Studio" }).click();
    await page.getByRole("article").first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    expect(problems).toEqual([]);
  });
});

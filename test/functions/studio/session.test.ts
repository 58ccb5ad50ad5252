import { expect, test } from "vitest";
import { pageRoutes } from "../../../functions/pages/page-files.ts";
import { openStudio } from "../../../functions/pages/studio.ts";
import { mintKey } from "../../../infra/auth/api-keys.ts";
import { keyFile } from "../../../infra/local/key-file.ts";
import { dataFolder } from "../../support/local/temporary-folder.ts";
import { describeWithBrowser, openPage } from "../../support/studio/browser.ts";
import { startLine } from "../../support/studio/line.ts";
import { chooseSmall, draw, finished, openFirst, startServer } from "../../support/studio/studio.ts";

describeWithBrowser("a server with API keys", () => {
  test("is opened with a key, which the tab keeps until it is forgotten", async () => {
    const data = dataFolder();
    const { key, secret } = mintKey({ name: "app", owner: "ada", quota: 8 }, Date.now());
    await keyFile(data).add(key);
    const { url } = await startServer({ data });
    const { page, problems } = await openPage();
    await chooseSmall(page);
    await page.goto(url);
    await page.getByLabel("Key", { exact: true }).fill("unclip_wrong");
    await page.getByRole("button", { name: "Open the studio" }).click();
    await page.getByText("The server does not know this key.").waitFor();
    await page.getByLabel("Key", { exact: true }).fill(secret);
    await page.getByLabel("Key", { exact: true }).press("Enter");
    await finished(await draw(page, "a red apple"));
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    await page.reload();
    await page.getByRole("article", { name: "a red apple" }).waitFor();
    await page.getByRole("button", { name: "ada" }).click();
    await page.getByRole("button", { name: "Forget the key?" }).click();
    await page.getByLabel("Key", { exact: true }).waitFor();
    expect(await page.getByRole("article").count()).toBe(0);
    // The browser itself reports each refused request.
    expect(problems.filter((problem) => !/status of 401/.test(problem))).toEqual([]);
  });
});

describeWithBrowser("a server whose streams have a path of their own, as on AWS", () => {
  test("is followed there", async () => {
    const { url } = await startServer();
    const { page, problems } = await openPage();
    await chooseSmall(page);
    const routes = pageRoutes(openStudio, { streamUrl: "/graphql/stream" });
    await page.route(`${url}/`, async (route) => {
      const served = (await routes(new Request(url)))!;
      await route.fulfill({ body: await served.text(), headers: Object.fromEntries(served.headers) });
    });
    await page.route("**/graphql", (route) =>
      route.request().headers().accept === "text/event-stream" ? route.fulfill({ status: 406 }) : route.continue(),
    );
    await page.route("**/graphql/stream", (route) => route.continue({ url: `${url}/graphql` }));
    await page.goto(url);
    const job = await draw(page, "a red apple");
    await finished(job);
    await (await openFirst(job)).getByRole("button", { name: "Code" }).click();
    await page.getByRole("tabpanel").getByText(`curl -sN ${url}/graphql/stream`).waitFor();
    expect(problems).toEqual([]);
  });
});

describeWithBrowser("a dropped line", () => {
  test("is taken up again, and what happened meanwhile appears", async () => {
    const { url, pace } = await startServer();
    const line = await startLine(url);
    const { page } = await openPage();
    await chooseSmall(page);
    await page.goto(line.url);
    pace.hold();
    const job = await draw(page, "a red apple", 4);
    await job.locator(".preview").first().waitFor();
    line.cut();
    await page.getByText("Waiting for the server").waitFor();
    pace.release();
    line.repair();
    await finished(job, 4);
    await expect.poll(() => page.getByText("Waiting for the server").count()).toBe(0);
  });

  test("at the first visit is waited for", async () => {
    const { url } = await startServer();
    const line = await startLine(url);
    const { page } = await openPage();
    await chooseSmall(page);
    await page.route("**/graphql", (route) => route.abort(), { times: 2 });
    await page.goto(line.url);
    await page.getByText("Waiting for the server").waitFor();
    await finished(await draw(page, "a red apple"));
  });
});

import { expect, test } from "vitest";
import { describeWithBrowser, openPage } from "../../support/studio/browser.ts";
import { chooseSmall, draw, finished, openFirst, openStudio } from "../../support/studio/studio.ts";

describeWithBrowser("the history", () => {
  test("survives a reload in the middle of a job, whose pictures then appear", async () => {
    const { page, pace, problems } = await openStudio();
    pace.hold();
    await (await draw(page, "a red apple", 4)).locator(".preview").first().waitFor();
    await page.reload();
    const job = page.getByRole("article", { name: "a red apple" });
    await job.getByRole("progressbar").waitFor();
    pace.release();
    await finished(job, 4);
    expect(problems).toEqual([]);
  });

  test("is searched by text and by picture, and filtered by kind", async () => {
    const { page, problems } = await openStudio();
    for (const caption of ["a red apple", "a green frog"]) await finished(await draw(page, caption));
    await page.getByLabel("Search your pictures").fill("a red apple");
    await expect.poll(() => page.locator(".grid > .tile").count(), { timeout: 10_000 }).toBe(2);
    await page.getByLabel("Search your pictures").fill("");
    await expect.poll(() => page.getByRole("article").count()).toBe(2);
    const dialog = await openFirst(page.getByRole("article", { name: "a green frog" }));
    await dialog.getByRole("button", { name: "Find similar" }).click();
    // A picture is most like itself.
    const best = page.locator(".grid > .tile").first().getByRole("button", { name: /^Open/ });
    await expect.poll(() => best.getAttribute("aria-label")).toBe("Open a green frog");
    expect(await page.locator(".grid > .tile").count()).toBe(2);
    await page.getByRole("button", { name: "End the search" }).click();
    await page.getByLabel("Kind").selectOption("VARIATIONS");
    await page.getByText("There are no such pictures.").waitFor();
    expect(problems).toEqual([]);
  });

  test("shows what another window requested when the page is looked at again", async () => {
    const { page, url, problems } = await openStudio();
    const other = await openPage();
    await chooseSmall(other.page);
    await other.page.goto(url);
    await draw(other.page, "a green frog");
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await finished(page.getByRole("article", { name: "a green frog" }));
    expect([...problems, ...other.problems]).toEqual([]);
  });

  test("is loaded page by page as it is scrolled", async () => {
    const { page, problems } = await openStudio();
    const mutation = `mutation ($prompt: String!) {
      generate(input: { prompt: $prompt, size: 64, preset: DRAFT, steps: 2, count: 1 }) { __typename }
    }`;
    for (let i = 0; i < 30; i++) {
      await page.evaluate(
        ([query, prompt]) =>
          fetch("/graphql", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ query, variables: { prompt } }),
          }).then((response) => response.text()),
        [mutation, `picture ${i}`] as const,
      );
    }
    await page.reload();
    await page.getByRole("article", { name: "picture 29" }).waitFor();
    await page.mouse.wheel(0, 20_000);
    await page.getByRole("article", { name: "picture 0" }).waitFor();
    expect(await page.getByRole("article").count()).toBe(30);
    expect(problems).toEqual([]);
  });

  test("opens the picture that the address names, and Back closes it", async () => {
    const { page, problems } = await openStudio();
    const job = await draw(page, "a red apple");
    await finished(job);
    await openFirst(job);
    const address = page.url();
    expect(address).toMatch(/#[0-9a-z]{26}-0$/);
    await page.goBack();
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await page.goto(address);
    await page.reload();
    await page.getByRole("dialog", { name: "a red apple" }).waitFor();
    expect(problems).toEqual([]);
  });
});

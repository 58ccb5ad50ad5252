import { expect, test } from "vitest";
import { SCENES } from "../../support/models/scenes.ts";
import { copyOfTiny, replaceFile } from "../../support/models/tiny-bundle.ts";
import { describeWithBrowser, openPage } from "../../support/studio/browser.ts";
import { draw, finished, openStudio, startServer } from "../../support/studio/studio.ts";

describeWithBrowser("the composer", () => {
  test("has the focus, and Enter draws: a preview appears in its tile, then the pictures", async () => {
    const { page, pace, problems } = await openStudio();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Caption");
    pace.hold();
    const job = await draw(page, "a red apple", 4);
    await job.locator(".preview").waitFor();
    expect(await job.locator(".tile").count()).toBe(4);
    expect(await job.getByRole("progressbar").getAttribute("aria-valuenow")).not.toBe("0");
    pace.release();
    await finished(job, 4);
    expect(await job.getByRole("progressbar").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("cancels a job that is being drawn", async () => {
    const { page, pace, problems } = await openStudio();
    pace.hold();
    const job = await draw(page, "a red apple");
    await job.locator(".preview").waitFor();
    await job.getByRole("button", { name: "Cancel" }).click();
    await job.getByText("Canceled", { exact: false }).waitFor();
    expect(problems).toEqual([]);
  });

  test("draws the same picture again with a locked seed", async () => {
    const { page, problems } = await openStudio();
    await page.getByLabel("Seed", { exact: true }).fill("7");
    await page.getByRole("button", { name: "Keep this seed" }).click();
    await finished(await draw(page, "a red apple"));
    await finished(await draw(page, "a green frog"));
    await page.getByRole("article", { name: "a green frog" }).locator(".tile-open").click();
    expect(await page.getByRole("dialog").getByText("7", { exact: true }).count()).toBe(1);
    expect(problems).toEqual([]);
  });

  test("says beside the field what is wrong", async () => {
    const { page, problems } = await openStudio();
    await page.getByLabel("Caption", { exact: true }).press("Enter");
    await page.getByText("Write what to draw.").waitFor();
    expect(await page.getByLabel("Caption", { exact: true }).getAttribute("aria-invalid")).toBe("true");
    expect(problems).toEqual([]);
  });

  test("refuses more pictures than the quota allows with the server's sentence", async () => {
    const { page, pace } = await openStudio();
    pace.hold();
    for (let i = 0; i < 8; i++) await draw(page, `a red apple ${i}`, 9);
    await page
      .getByRole("alert")
      .getByText(/in flight/)
      .waitFor();
  });

  test("knows what the model knows: chips, completions, unknown words", async () => {
    const bundle = await copyOfTiny({ scenes: SCENES, "tokenizer.words": "words.txt" });
    await replaceFile(bundle, "words.txt", new TextEncoder().encode("a\nin\nred\nblue\nrocket\nrock\n"));
    const { url } = await startServer({ bundle });
    const { page, problems } = await openPage();
    await page.goto(url);
    const box = page.getByLabel("Caption", { exact: true });
    await box.pressSequentially("a dragon ro");
    await expect
      .poll(() => page.getByRole("listbox", { name: "Completions" }).getByRole("option").allTextContents())
      .toEqual(["rock", "rocket"]);
    await box.press("ArrowDown");
    await box.press("ArrowDown");
    await box.press("Enter");
    expect(await box.inputValue()).toBe("a dragon rocket");
    expect(await page.locator(".caption mark").allTextContents()).toEqual(["dragon"]);
    const chip = page.locator(".chip-group button").first();
    await chip.click();
    expect(await box.inputValue()).toBe(`a dragon rocket ${await chip.getAttribute("title")}`);
    expect(await chip.getAttribute("aria-pressed")).toBe("true");
    expect(problems).toEqual([]);
  });
});

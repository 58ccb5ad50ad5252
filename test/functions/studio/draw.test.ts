import { expect, test } from "vitest";
import { describeWithBrowser } from "../../support/studio/browser.ts";
import { draw, finished, openStudio } from "../../support/studio/studio.ts";

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
});

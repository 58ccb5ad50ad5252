// The page shows what the model can do, and nothing else.
import { expect, test } from "vitest";
import { STABLE_UNCLIP } from "../../support/models/family-bundles.ts";
import { copyOf, copyOfTiny } from "../../support/models/tiny-bundle.ts";
import { describeWithBrowser } from "../../support/studio/browser.ts";
import { draw, finished, openFirst, openStudio } from "../../support/studio/studio.ts";

describeWithBrowser("a model", () => {
  test("without encoders of pictures draws captions, and offers nothing that needs a picture", async () => {
    const bundle = await copyOfTiny({ "clip.image": undefined });
    const { page, problems } = await openStudio({}, "/", { bundle });
    const job = await draw(page, "a red apple");
    await finished(job);
    expect(await page.getByRole("button", { name: "Use a picture of your own" }).count()).toBe(0);
    expect(await job.getByRole("button", { name: "Use as an end" }).count()).toBe(0);
    expect(await page.getByLabel("Kind").locator("option").allTextContents()).toEqual([
      "Everything",
      "Drawn",
      "Interpolations",
    ]);
    const dialog = await openFirst(job);
    await dialog.getByRole("button", { name: "Download" }).waitFor();
    expect(await dialog.getByRole("heading", { level: 3 }).allTextContents()).toEqual([]);
    expect(await dialog.getByRole("button", { name: "Interpolate" }).count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test("without a prior takes pictures, and offers no caption to draw", async () => {
    const presets = ["draft", "standard", "best"].map((name) => [`presets.${name}.prior`, undefined]);
    const changes = { prior: undefined, "clip.text": undefined, ...Object.fromEntries(presets) };
    const bundle = await copyOf(STABLE_UNCLIP, changes);
    const { page, problems } = await openStudio({}, "/", { bundle });
    await page.getByText("This model draws from pictures only.").waitFor();
    await page.getByRole("button", { name: "Use a picture of your own" }).waitFor();
    expect(await page.getByLabel("Caption", { exact: true }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Draw" }).count()).toBe(0);
    expect(await page.getByLabel("Search your pictures").count()).toBe(0);
    expect(problems).toEqual([]);
  });
});

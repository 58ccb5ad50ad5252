// The studio by keyboard alone.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeWithBrowser } from "../../support/studio/browser.ts";
import { finished, openStudio } from "../../support/studio/studio.ts";

const FIRST = "Open a red apple, picture 1 of 4";

/** The name that a screen reader says for what has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null;
    // Beside its name, the label of a slider has the value.
    const label = element?.labels?.[0]?.firstChild?.textContent?.trim();
    return element?.ariaLabel || label || element?.textContent || "";
  });

/** Presses Tab at least once, until what has this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let pressed = 0; pressed < 150; pressed++) {
    await page.keyboard.press("Tab");
    if ((await focused(page)) === name) return;
  }
  throw new Error(`Tab does not lead to "${name}"`);
}

describeWithBrowser("by keyboard alone", () => {
  test("pictures are drawn, looked through and varied", async () => {
    const { page, problems } = await openStudio();
    await page.keyboard.type("a red apple");
    await page.keyboard.press("Enter");
    const job = page.getByRole("article", { name: "a red apple" });
    await finished(job, 4);
    await tabTo(page, FIRST);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "a red apple" });
    await dialog.waitFor();
    const first = page.url();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.url()).not.toBe(first);
    await tabTo(page, "Draw 1");
    await page.keyboard.press("Enter");
    await finished(page.getByRole("article", { name: /^Variations/ }));
    await tabTo(page, FIRST);
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await expect.poll(() => focused(page)).toBe(FIRST);
    expect(problems).toEqual([]);
  });

  test("pictures are edited, interpolated, searched and deleted", { timeout: 90_000 }, async () => {
    const { page, problems } = await openStudio();
    await page.keyboard.type("a red apple");
    await page.keyboard.press("Enter");
    await finished(page.getByRole("article", { name: "a red apple" }), 4);
    await tabTo(page, FIRST);
    await page.keyboard.press("Enter");
    await tabTo(page, "To");
    await page.keyboard.type("a green apple");
    await page.keyboard.press("Enter");
    await finished(page.getByRole("article", { name: "a red apple to a green apple" }));

    for (let end = 0; end < 2; end++) {
      await tabTo(page, "Use as an end of an interpolation");
      await page.keyboard.press("Enter");
    }
    await tabTo(page, "Frames");
    await page.keyboard.press("Home");
    await tabTo(page, "Interpolate");
    await page.keyboard.press("Enter");
    await finished(page.getByRole("article", { name: "picture to picture" }), 3);

    await tabTo(page, "Search your pictures");
    await page.keyboard.type("a red apple");
    const tiles = page.locator(".grid > .tile");
    await expect.poll(() => tiles.count(), { timeout: 10_000 }).toBe(7);
    await tabTo(page, FIRST);
    await page.keyboard.press("Enter");
    await tabTo(page, "Delete");
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toBe("Delete for good?");
    await page.keyboard.press("Enter");
    await expect.poll(() => tiles.count()).toBe(6);
    expect(problems).toEqual([]);
  });
});

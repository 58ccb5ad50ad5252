// What a person with a small screen, a screen reader or a dark room gets.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeWithBrowser } from "../../support/studio/browser.ts";
import { draw, finished, openFirst, openStudio } from "../../support/studio/studio.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The serious findings of axe-core on the page as it is. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe is a global of its script
    const { violations } = await (globalThis as any).axe.run();
    return violations
      .filter(({ impact }: { impact: string }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }: { id: string; nodes: { html: string }[] }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

describeWithBrowser("the studio", () => {
  test.each(SIZES.flatMap((viewport) => (["light", "dark"] as const).map((scheme) => [viewport, scheme] as const)))(
    "at %j, %s, fits its window and has no serious finding of axe",
    async (viewport, colorScheme) => {
      const { page, pace, problems } = await openStudio({ viewport, colorScheme, bypassCSP: true });
      const found = [...(await findings(page))];
      const job = await draw(page, "a red apple", 4);
      await finished(job, 4);
      pace.hold();
      await (await draw(page, "a green frog", 4)).locator(".preview").first().waitFor();
      const tile = job.locator(".tile").first();
      await tile.locator(".tile-open").focus();
      await tile.getByRole("button", { name: "Use as an end" }).evaluate((button) => (button as HTMLElement).click());
      found.push(...(await findings(page)));
      expect(await overflow(page)).toBe(0);
      const dialog = await openFirst(job);
      found.push(...(await findings(page)));
      expect(await overflow(page)).toBe(0);
      await dialog.getByRole("button", { name: "Code" }).click();
      found.push(...(await findings(page)));
      expect(await overflow(page)).toBe(0);
      expect(found).toEqual([]);
      expect(problems).toEqual([]);
    },
  );
});

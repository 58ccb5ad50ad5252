// The apps of the guide's React pages in a browser. They look alike, so they are used alike.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { serve } from "../serve.ts";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/** Serves a folder on an origin of its own until the end of the test. */
export function serveFolder(folder: string): Promise<string> {
  return serve(async ({ url = "/" }, response) => {
    const name = url === "/" ? "index.html" : url;
    const bytes = await readFile(path.join(folder, name));
    response.writeHead(200, { "content-type": TYPES[path.extname(name)] }).end(bytes);
  });
}

/** On a busy machine. */
const SOON = { timeout: 20_000 };

/** Draws two pictures, varies the second, varies a file, and is refused. */
export async function useApp(page: Page): Promise<void> {
  const pictures = page.locator("img");
  const succeeded = async (count: number) => {
    await page.getByRole("status").getByText("SUCCEEDED").waitFor();
    await expect.poll(() => pictures.evaluateAll(sizesOnCanvas), SOON).toEqual(Array(count).fill(64));
  };
  await page.getByLabel("Caption").fill("a red apple");
  await page.getByLabel("Number").fill("2");
  await page.getByRole("button", { name: "Draw" }).click();
  await succeeded(2);
  const drawn = await pictures.nth(1).getAttribute("src");

  await page.getByRole("button", { name: "Vary" }).nth(1).click();
  await expect.poll(() => pictures.count(), SOON).toBe(1);
  await succeeded(1);
  const varied = await pictures.getAttribute("src");
  expect(varied).not.toBe(drawn);

  const buffer = Buffer.from(await (await fetch(drawn!)).arrayBuffer());
  await page.getByLabel("Vary a file").setInputFiles({ name: "apple.png", mimeType: "image/png", buffer });
  await expect.poll(() => page.locator(`img[src="${varied}"]`).count(), SOON).toBe(0);
  await succeeded(1);

  await page.getByLabel("Caption").fill("a red apple");
  await page.getByLabel("Number").fill("99");
  await page.getByRole("button", { name: "Draw" }).click();
  expect(await page.getByRole("alert").textContent()).toContain('"count" must be');
}

/** Widths in pixels; 0 for one that is not loaded. Throws if the page must not read pictures of another origin. */
function sizesOnCanvas(images: Element[]): number[] {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  return images.map((element) => {
    const image = element as HTMLImageElement;
    if (!image.complete || image.naturalWidth === 0) return 0;
    context.drawImage(image, 0, 0);
    context.getImageData(0, 0, 1, 1);
    return image.naturalWidth;
  });
}

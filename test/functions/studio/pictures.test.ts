import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { goodPicture } from "../../support/local/bad-pictures.ts";
import { describeWithBrowser } from "../../support/studio/browser.ts";
import { draw, finished, openFirst, openStudio } from "../../support/studio/studio.ts";

describeWithBrowser("a picture", () => {
  test("is varied, and the variations say what they were made from", async () => {
    const { page, problems } = await openStudio();
    const job = await draw(page, "a red apple");
    await finished(job);
    const dialog = await openFirst(job);
    await dialog.getByLabel("Strength").fill("0.7");
    await dialog.getByRole("button", { name: "Draw 4" }).click();
    const variations = page.getByRole("article", { name: "Variations, strength 0.7" });
    await finished(variations, 4);
    const varied = await openFirst(variations);
    await varied.getByRole("button", { name: "Open the picture it was made from" }).click();
    await page.getByRole("dialog", { name: "a red apple" }).waitFor();
    expect(problems).toEqual([]);
  });

  test("is edited by text", async () => {
    const { page, problems } = await openStudio();
    const job = await draw(page, "a red apple");
    await finished(job);
    const dialog = await openFirst(job);
    expect(await dialog.getByLabel("From").inputValue()).toBe("a red apple");
    await dialog.getByLabel("To", { exact: true }).fill("a green apple");
    await dialog.getByRole("button", { name: "Edit" }).click();
    await finished(page.getByRole("article", { name: "a red apple to a green apple" }));
    expect(problems).toEqual([]);
  });

  test("and another one and a caption are the ends of an interpolation, which plays", async () => {
    const { page, problems } = await openStudio();
    const job = await draw(page, "a red apple", 4);
    await finished(job, 4);
    for (const at of [0, 2]) {
      const tile = job.locator(".tile").nth(at);
      await tile.hover();
      await tile.getByRole("button", { name: "Use as an end" }).click();
    }
    const tray = page.getByRole("region", { name: "Interpolation" });
    await tray.getByRole("button", { name: "Add a caption" }).click();
    await tray.getByLabel("Caption of end 3").fill("a green frog");
    // By mouse, the first end becomes the second; by keyboard, it becomes the first again.
    const order = () =>
      tray.locator(".slot img").evaluateAll((images) => images.map((image) => image.getAttribute("src")));
    const before = await order();
    const [first, second] = [tray.locator(".slot-handle").nth(0), tray.locator(".slot-handle").nth(1)];
    await first.hover();
    await page.mouse.down();
    await second.hover();
    await page.mouse.up();
    expect(await order()).toEqual(before.toReversed());
    await second.focus();
    await page.keyboard.press("ArrowLeft");
    expect(await order()).toEqual(before);
    await tray.getByLabel("Frames").fill("5");
    await tray.getByRole("button", { name: "Interpolate" }).click();
    const blend = page.getByRole("article", { name: "picture to picture to a green frog" });
    await finished(blend, 6);
    await blend.getByRole("button", { name: "Open the animation" }).click();
    const shown = page.getByRole("dialog").locator(".viewer-picture img:visible");
    const frame = await shown.getAttribute("src");
    await expect.poll(() => shown.getAttribute("src")).not.toBe(frame);
    expect(problems).toEqual([]);
  });

  test("is upscaled, starred, downloaded, reused and deleted", async () => {
    const { page, problems } = await openStudio();
    const job = await draw(page, "a red apple");
    await finished(job);
    const dialog = await openFirst(job);
    await dialog.getByRole("button", { name: "Star" }).click();
    await dialog.getByRole("button", { name: "Starred" }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      dialog.getByRole("button", { name: "Download" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^a-red-apple-\d+\.png$/);
    expect((await readFile(await download.path())).subarray(1, 4).toString()).toBe("PNG");
    await dialog.getByRole("button", { name: "Upscale" }).click();
    await expect.poll(() => page.getByRole("article", { name: "a red apple" }).count()).toBe(2);
    const larger = page.getByRole("article", { name: "a red apple" }).first();
    await finished(larger);
    await larger.locator(".tile-open").click();
    await page.getByRole("dialog").getByText("1024 px").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Reuse" }).click();
    expect(await page.getByLabel("Caption", { exact: true }).inputValue()).toBe("a red apple");
    expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toMatch(/^\d+$/);
    const again = await openFirst(larger);
    await again.getByRole("button", { name: "Delete" }).click();
    await again.getByRole("button", { name: "Delete for good?" }).click();
    await expect.poll(() => page.getByRole("article", { name: "a red apple" }).count()).toBe(1);
    await page.getByRole("button", { name: "Only starred pictures" }).click();
    await expect.poll(() => page.getByRole("article").count()).toBe(1);
    await page.reload();
    await expect.poll(() => page.getByRole("article").count()).toBe(1);
    expect(problems).toEqual([]);
  });

  test("of the user's own is chosen, dropped or pasted, and varied", async () => {
    const { page, problems } = await openStudio();
    const bytes = Buffer.from(await goodPicture());
    await page.getByLabel("Picture file").setInputFiles({ name: "photo.png", mimeType: "image/png", buffer: bytes });
    const chosen = page.getByRole("dialog", { name: "photo.png" });
    await chosen.getByRole("button", { name: "Close" }).click();
    const transferred = await page.evaluateHandle((base64) => {
      const picture = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
      return (name: string) => {
        const data = new DataTransfer();
        data.items.add(new File([picture], name, { type: "image/png" }));
        return data;
      };
    }, bytes.toString("base64"));
    await transferred.evaluate((dataOf) => {
      const dataTransfer = dataOf("dropped.png");
      for (const type of ["dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    });
    await page.getByRole("dialog", { name: "dropped.png" }).getByRole("button", { name: "Close" }).click();
    await transferred.evaluate((dataOf) => {
      const clipboardData = dataOf("pasted.png");
      window.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
    });
    const pasted = page.getByRole("dialog", { name: "pasted.png" });
    await pasted.getByRole("button", { name: "Draw 1" }).click();
    const variations = page.getByRole("article", { name: /^Variations/ });
    await finished(variations);
    expect(problems).toEqual([]);
  });

  test("in a format that cannot be read is refused with what to do", async () => {
    const { page } = await openStudio();
    const heic = { name: "IMG_1.HEIC", mimeType: "image/heic", buffer: Buffer.from("x") };
    await page.getByLabel("Picture file").setInputFiles(heic);
    await page.getByText(/Export the photo as JPEG/).waitFor();
  });

  test("and its request are shown as code", async () => {
    const { page, problems, url } = await openStudio();
    const job = await draw(page, "a red apple");
    await finished(job);
    const dialog = await openFirst(job);
    await dialog.getByRole("button", { name: "Code" }).click();
    const code = page.getByRole("dialog", { name: "This request as code" });
    for (const [language, text] of [
      ["curl", `curl -sN ${url}/graphql `],
      ["fetch", "await fetch("],
      ["Apollo", "ApolloClient"],
      ["Python", "urllib.request"],
      ["Command line", "unclip generate 'a red apple'"],
    ] as const) {
      await code.getByRole("tab", { name: language }).click();
      expect(await code.getByRole("tabpanel").textContent()).toContain(text);
    }
    expect(problems).toEqual([]);
  });
});

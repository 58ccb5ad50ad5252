// Takes the screenshots of docs/guide/studio.md from a server without pictures: npm start, then node docs/studio.mjs
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import sharp from "sharp";

const SERVER = process.env.UNCLIP_URL ?? "http://127.0.0.1:4000";
const FOLDER = new URL("pictures/", import.meta.url).pathname;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"];
const CAPTIONS = [
  ["a sunflower in noto style on a blue background", 1],
  ["a blue fox in noto style on a yellow background", 1],
  ["a strawberry in 3d style on a white background", 4],
  ["a rocket in noto style on a purple background", 4],
  ["a cat in twemoji style on a pink background", 1],
  ["a mushroom in flat style on a green background", 1],
  ["a red apple in flat style on a teal background", 4],
];
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });

async function open(viewport, colorScheme = "light") {
  const page = await browser.newPage({ viewport, colorScheme });
  page.setDefaultTimeout(300_000);
  await page.goto(SERVER);
  await page.getByLabel("Caption", { exact: true }).waitFor();
  return page;
}

async function draw(page, caption, count) {
  await page.getByRole("radio", { name: String(count), exact: true }).check();
  await page.getByLabel("Caption", { exact: true }).fill(caption);
  await page.keyboard.press("Enter");
  return page.getByRole("article", { name: caption }).first();
}

const finished = (job, count) =>
  job
    .locator(".tile-open img")
    .nth(count - 1)
    .waitFor();

async function save(page, name) {
  // The pointer would show a tile's tools.
  await page.mouse.move(0, 0);
  await page.waitForFunction(() =>
    [...document.images].every((image) => image.getBoundingClientRect().top > innerHeight || image.naturalWidth > 0),
  );
  const picture = sharp(await page.screenshot());
  await picture.png({ palette: true, colours: 128, effort: 10 }).toFile(`${FOLDER}${name}.png`);
}

async function pasted(page, name) {
  const bytes = (await readFile(`${FOLDER}${name}`)).toString("base64");
  const paste = ([bytes, name]) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(
      new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type: "image/png" }),
    );
    dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
  };
  await page.evaluate(paste, [bytes, name]);
  await page.getByRole("dialog", { name }).waitFor();
}

const page = await open(WIDE);
for (const [caption, count] of CAPTIONS) {
  if ((await page.getByRole("article", { name: caption }).count()) === 0)
    await finished(await draw(page, caption, count), count);
}
const job = page.getByRole("article", { name: "a rocket in noto style on a purple background" });

await job.locator(".tile-open").nth(1).click();
await save(page, "studio-picture");
await page.getByRole("dialog").getByRole("button", { name: "Code" }).click();
await page.getByRole("tab", { name: "fetch" }).click();
await save(page, "studio-code");
await page.keyboard.press("Escape");
await page.getByRole("button", { name: "Draw 4" }).click();
const variations = page.getByRole("article", { name: /^Variations/ }).first();
await finished(variations, 4);

for (const [name, at] of [
  ["a rocket in noto", 0],
  ["a strawberry in 3d", 1],
]) {
  const tile = page
    .getByRole("article", { name: new RegExp(name) })
    .locator(".tile")
    .nth(at);
  await tile.hover();
  await tile.getByRole("button", { name: "Use as an end" }).click();
}
await page.getByRole("button", { name: "Add a caption" }).click();
await page.getByLabel("Caption of end 3").fill("a sunflower in noto style");
await page.getByLabel("Caption", { exact: true }).fill("");
await save(page, "studio-tray");
await page.getByRole("button", { name: "Interpolate", exact: true }).click();
await finished(page.getByRole("article", { name: /to a sunflower in noto style$/ }).first(), 9);
await page.evaluate(() => scrollTo(0, 0));
await save(page, "studio-made");
await page.getByLabel("Search your pictures").fill("a red rocket");
await page.locator(".grid > .tile").nth(11).waitFor();
await save(page, "studio-search");
await page.getByLabel("Search your pictures").fill("");

await page.getByLabel("Quality").selectOption({ label: "Best" });
const drawing = await draw(page, "a tulip in noto style on an orange background", 4);
await drawing.locator(".preview").first().waitFor();
await finished(drawing, 2);
await page.getByLabel("Caption", { exact: true }).fill("a gryphon over Paris in flat style ");
await page.evaluate(() => scrollTo(0, 0));
await save(page, "studio");
await finished(drawing, 4);
await page.close();

const own = await open(WIDE);
const strawberry = own.getByRole("article", { name: /^a strawberry in 3d/ });
await strawberry.locator(".tile-open").first().click();
const viewer = own.getByRole("dialog");
await viewer.getByLabel("To", { exact: true }).fill("a strawberry in 3d style on a purple background");
await save(own, "studio-edit");
await own.keyboard.press("Escape");
await pasted(own, "apple.png");
await save(own, "studio-pasted");
await own.keyboard.press("Escape");

const cats = await draw(own, "a cat in 3d style", 9);
await finished(cats, 9);
await cats.locator(".tile-open").first().click();
await viewer.getByRole("button", { name: "Delete", exact: true }).click();
await save(own, "studio-delete");
await viewer.getByRole("button", { name: "Delete for good?" }).click();
await own.close();

const phone = await open(PHONE);
await phone.locator(".tile-open img").first().waitFor();
await save(phone, "studio-phone");
await phone.close();
const dark = await open(PHONE, "dark");
await dark
  .getByRole("article", { name: /^a red apple/ })
  .locator(".tile-open")
  .first()
  .click();
await save(dark, "studio-phone-dark");
await browser.close();

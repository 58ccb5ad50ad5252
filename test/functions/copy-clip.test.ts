// The image of the function that embeds holds CLIP alone.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openUnclip } from "../../models/unclip.ts";
import { ROOT } from "../support/cdk/synth.ts";

const LATENT = path.join(ROOT, "test/bundles/latent");

async function open(folder: string, part: "all" | "clip") {
  const engine = await openUnclip(folder, { part });
  onTestFinished(() => engine.close());
  return engine;
}

test("it embeds as the whole bundle does, and neither holds nor opens what draws", async () => {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), "unclip-clip-")), "bundle");
  execFileSync(process.execPath, ["--import", "tsx", "functions/aws/copy-clip.ts", LATENT, folder], { cwd: ROOT });
  const [all, copied] = [readdirSync(LATENT), readdirSync(folder)];
  expect(all.filter((file) => !copied.includes(file)).sort()).toEqual([
    "decode.onnx",
    "decoder-text.onnx",
    "decoder.onnx",
    "encode.onnx",
    "prior-diffusion.onnx",
    "prior-direct.onnx",
  ]);
  const whole = await open(LATENT, "all");
  const clip = await open(folder, "clip");
  expect(clip.info.clip).toBe(whole.info.clip);
  expect(await clip.embed({ prompt: "a red apple" })).toEqual(await whole.embed({ prompt: "a red apple" }));
  await expect(clip.generate({ prompt: "a red apple" })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  await expect(openUnclip(folder)).rejects.toMatchObject({ code: "INVALID_BUNDLE" });
});

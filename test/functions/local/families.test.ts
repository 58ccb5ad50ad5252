// Every command with a small model of each family, on this machine and through the service.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { formatError } from "../../../functions/cli/exit-codes.ts";
import { run } from "../../../functions/cli/run.ts";
import { startOn } from "../../support/local/start.ts";
import { KANDINSKY, STABLE_UNCLIP, withEclipse } from "../../support/models/family-bundles.ts";
import { wave } from "../../support/models/references.ts";

const signal = new AbortController().signal;
const quick = ["--steps", "2", "--seed", "7", "--size", "128"];

let image: Uint8Array;
beforeAll(async () => {
  image = await wave(160, 128);
});

const families = [
  { family: "Kandinsky 2.2", bundle: async () => KANDINSKY },
  { family: "Kandinsky 2.2 with ECLIPSE's prior", bundle: () => withEclipse(KANDINSKY) },
  { family: "Stable unCLIP 2.1", bundle: async () => STABLE_UNCLIP },
];

/** A folder with a picture, and the engine's options: a bundle here, or a service that has it. */
async function open(bundle: string, where: string) {
  const folder = await mkdtemp(path.join(tmpdir(), "unclip-family-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const picture = path.join(folder, "picture.png");
  await writeFile(picture, image);
  if (where === "here") return { folder, picture, engine: ["--bundle", bundle, "--threads", "1"] };
  const running = await startOn(path.join(folder, "data"), { bundle });
  onTestFinished(() => running.close());
  return { folder, picture, engine: ["--url", running.url] };
}

describe.each(families)("$family", ({ bundle }) => {
  test.each(["here", "through the service"])("every command %s", async (where) => {
    const { folder, picture, engine } = await open(await bundle(), where);
    const draws = async (name: string, ...argv: string[]) => {
      const out = path.join(folder, name);
      await run([...argv, ...quick, "--out", out, ...engine], signal);
      expect(await sharp(out).metadata()).toMatchObject({ width: 128, height: 128 });
    };
    await draws("generated.png", "generate", "a red apple", "--negative-prompt", "a café");
    await draws("mixed.png", "generate", "a red apple", "--mix", `${picture}=0.5`, "--embedding-noise", "0.1");
    await draws("varied.png", "variations", picture, "--strength", "0.5");
    await draws("edited.png", "manipulate", picture, "--to", "a green apple");
    const between = ["interpolate", picture, "a red apple", "--frames", "2"];
    await run([...between, ...quick, "--out", `${folder}/between/`, ...engine], signal);
    const rebuilt = ["reconstruct", picture, "--dimensions", "4", ...quick, "--out", `${folder}/r.png`, ...engine];
    const refusal = await run(rebuilt, signal).catch((error) => formatError(error, false));
    expect(refusal).toMatch(/^--dimensions needs principal components of CLIP's space, which the model /);
    const sizes = await run(["generate", "a", "--size", "100", ...engine], signal).catch((e) => formatError(e, false));
    expect(sizes).toMatch(/^--size must be 64 or 128 with the model /);
  });
});

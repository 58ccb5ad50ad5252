// Scenes through the whole engine, on the tiny bundle.

import { describe, expect, it, onTestFinished } from "vitest";
import type { Progress, Unclip } from "../../../models/types.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { MemoryStageCache } from "../../support/models/bundle-copies.ts";
import { allPixelsOf } from "../../support/models/pixels.ts";
import { SCENES } from "../../support/models/scenes.ts";
import { copyOfTiny, replaceFile, TINY } from "../../support/models/tiny-bundle.ts";

const quick = { preset: "draft", size: 64, seed: 7, steps: 3, priorSteps: 2 } as const;
const two = "a cat by a drum";

async function opened(): Promise<Unclip> {
  const engine = await openUnclip(await copyOfTiny({ scenes: SCENES }));
  onTestFinished(() => engine.close());
  return engine;
}

describe("an attribute that a caption leaves open", () => {
  it("is drawn as if the caption named it", async () => {
    const engine = await opened();
    const open = await engine.generate({ ...quick, prompt: "a cat", count: 2 });
    const drawn = async (prompt: string, seed: number) =>
      allPixelsOf(await engine.generate({ ...quick, prompt, seed, literal: true }))[0];
    expect(allPixelsOf(open)).toEqual([await drawn("a cat in blue", 7), await drawn("a cat in red", 8)]);
  });

  it("stays open for literal captions, and for a bundle without scenes", async () => {
    const [engine, plain] = [await opened(), await openUnclip(TINY)];
    onTestFinished(() => plain.close());
    const request = { ...quick, prompt: two };
    const literal = allPixelsOf(await engine.generate({ ...request, literal: true }));
    expect(literal).toEqual(allPixelsOf(await plain.generate(request)));
    expect(literal).not.toEqual(allPixelsOf(await engine.generate(request)));
  });

  it("does not push words of the prompt out of the context", async () => {
    const engine = await opened();
    const prompt = "a cat a cat a cat a cat"; // with a hue there would be no room for it all
    const { warnings, ...drawn } = await engine.generate({ ...quick, prompt });
    expect(warnings).toEqual([]);
    expect(allPixelsOf(drawn)).toEqual(allPixelsOf(await engine.generate({ ...quick, prompt, literal: true })));
  });

  it("is not filled in for a caption without any known word", async () => {
    const folder = await copyOfTiny({ scenes: SCENES, "tokenizer.words": "words.txt" });
    await replaceFile(folder, "words.txt", new TextEncoder().encode("a\nblue\ncat\nin\nred\n"));
    const engine = await openUnclip(folder);
    onTestFinished(() => engine.close());
    const drawn = async (prompt: string, literal: boolean) => engine.generate({ ...quick, prompt, literal });
    const { warnings, ...guessed } = await drawn("xyz", false);
    expect(warnings).toMatchObject([{ code: "UNKNOWN_WORDS", message: expect.stringContaining("guesses") }]);
    expect(allPixelsOf(guessed)).toEqual(allPixelsOf(await drawn("xyz", true)));
    expect(allPixelsOf(await drawn("xyz cat", false))).toEqual(allPixelsOf(await drawn("cat in blue", true)));
  });

  it("is the same for both ends of an interpolation", async () => {
    const engine = await opened();
    const path = (literal: boolean, ...prompts: string[]) =>
      engine.interpolate({ ...quick, literal, frames: 2, between: prompts.map((prompt) => ({ prompt })) });
    const explicit = await path(true, "a cat in blue", "a drum in blue");
    expect(allPixelsOf(await path(false, "a cat", "a drum"))).toEqual(allPixelsOf(explicit));
  });
});

describe("two things", () => {
  it("are the same alone as in a batch, with either prior", async () => {
    const engine = await opened();
    for (const prior of ["diffusion", "autoregressive"] as const) {
      const { priorSteps: _, ...all } = quick;
      const batch = await engine.generate({ ...all, prior, prompt: two, count: 2 });
      const alone = await engine.generate({ ...all, prior, prompt: two, seed: 8 });
      expect(allPixelsOf(alone)).toEqual(allPixelsOf(batch).slice(1));
    }
  });

  it("differ even when their captions are the same", async () => {
    const engine = await opened();
    const [one, twins] = await Promise.all([
      engine.generate({ ...quick, prompt: "a cat" }),
      engine.generate({ ...quick, prompt: "a cat by a cat" }),
    ]);
    expect(allPixelsOf(twins)).not.toEqual(allPixelsOf(one));
  });

  it("report their steps as those of one picture", async () => {
    const engine = await opened();
    const seen: Progress[] = [];
    await engine.generate({ ...quick, prompt: two, count: 2 }, { onProgress: (progress) => seen.push(progress) });
    const steps = (stage: string, picture: number) =>
      seen.filter((each) => each.stage === stage && each.picture === picture).map(({ step, steps: of }) => [step, of]);
    for (const picture of [0, 1]) {
      expect(steps("prior", picture)).toEqual([1, 2, 3, 4].map((step) => [step, 4]));
      expect(steps("decoder", picture)).toEqual([1, 2, 3, 4, 5, 6].map((step) => [step, 6]));
    }
    expect(seen.filter(({ stage }) => stage === "decoder").every(({ preview }) => preview?.size === 64)).toBe(true);
    expect(seen.every(({ pictures }) => pictures === 2)).toBe(true);
  });

  it("resume from the stage cache", async () => {
    const [engine, stageCache] = [await opened(), new MemoryStageCache()];
    const request = { ...quick, prompt: two };
    const drawn = allPixelsOf(await engine.generate(request, { stageCache }));
    const ran: string[] = [];
    const again = await engine.generate(request, { stageCache, onProgress: ({ stage }) => ran.push(stage) });
    expect([allPixelsOf(again), ran]).toEqual([drawn, []]);
  });

  it("stop between two steps when the call is canceled", async () => {
    const engine = await opened();
    for (const stage of ["prior", "decoder"] as const) {
      const abort = new AbortController();
      const onProgress = (progress: Progress) => progress.stage === stage && progress.step === 4 && abort.abort();
      const call = engine.generate({ ...quick, prompt: two }, { signal: abort.signal, onProgress });
      await expect(call).rejects.toMatchObject({ code: "CANCELED" });
    }
  });
});

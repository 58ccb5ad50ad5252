// ECLIPSE's prior in the place of Karlo's and of Kandinsky's, against diffusers' own class without its token for the timestep.
// The prior and the numbers are made by models/training/eclipse/golden.py.
import { describe, expect, it, onTestFinished } from "vitest";
import { encodeText } from "../../../models/clip/encode.ts";
import { Stages } from "../../../models/pipeline/stages.ts";
import { type DirectPrior, directPrior } from "../../../models/prior/direct-prior.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { KANDINSKY, withEclipse } from "../../support/models/family-bundles.ts";
import { KARLO } from "../../support/models/karlo-bundle.ts";
import { readReferences, TOLERANCE } from "../../support/models/references.ts";

const {
  cases: { cases },
  distance,
} = readReferences<{
  cases: { name: string; captions: string[]; seeds: number[]; negative?: string }[];
}>("eclipse");

describe.each([
  ["karlo", KARLO],
  ["kandinsky", KANDINSKY],
])("with %s", (family, bundle) => {
  it.each(cases.map((given, index) => ({ ...given, index })))("samples z_i of $name", async (given) => {
    const { captions, seeds, negative, index } = given;
    const stages = await Stages.open(await withEclipse(bundle), { threads: 1 });
    onTestFinished(() => stages.close());
    const text = await stages.textEncoder();
    const prior = (await stages.prior("direct")).stage as DirectPrior;
    const rows = [...captions, ...(negative === undefined ? [] : seeds.map(() => negative))];
    for (const [i, caption] of rows.entries()) {
      const seed = seeds[i % seeds.length]!;
      const z = await directPrior(prior, { caption: await encodeText(text, caption), priorSamples: 1, seed }, {});
      expect(distance(z.data, `${family}/${index}/${i}`)).toBeLessThan(TOLERANCE);
    }
  });

  it("draws, also away from a caption", async () => {
    const engine = await openUnclip(await withEclipse(bundle), { threads: 1 });
    const request = { prompt: "a red apple", seed: 1, steps: 2, size: 64 };
    expect(engine.info.priors).toEqual(["direct"]);
    expect((await engine.generate({ ...request, negativePrompt: "a café" })).pictures).toHaveLength(1);
    await engine.close();
  });
});

// bundle.json of every kind, spoilt at random: whatever is wrong is refused by its path, and by no other error.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBundle } from "../../../models/bundle/parse.ts";
import { sizesOf } from "../../../models/bundle/spec.ts";
import { UnclipError } from "../../../models/errors.ts";
import { KARLO } from "../../support/models/karlo-bundle.ts";
import { LATENT } from "../../support/models/latent-bundle.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const PICTO = fileURLToPath(new URL("../../../models/bundles/picto", import.meta.url));
const BUNDLES = { picto: PICTO, tiny: TINY, karlo: KARLO, latent: LATENT };
const read = (folder: string): Json => JSON.parse(readFileSync(`${folder}/bundle.json`, "utf8"));
const [latent, karlo] = [read(LATENT), read(KARLO)];

/** The paths of all values within a value, as "decoder.sizes.min". `training` is free-form. */
function pathsOf(value: Json, path: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = [...path, key];
    return place[0] === "training" ? [] : [place, ...pathsOf(inner, place)];
  });
}

/** A copy with the value at a path replaced, or removed where it is undefined. */
function changed(json: Json, [key, ...rest]: readonly string[], value: Json | undefined): Json {
  const copy = (Array.isArray(json) ? [...json] : { ...(json as object) }) as { [key: string]: Json };
  const inner = rest.length === 0 ? value : changed(copy[key!]!, rest, value);
  if (inner === undefined && Array.isArray(copy)) copy.splice(Number(key), 1);
  else if (inner === undefined) delete copy[key!];
  else copy[key!] = inner;
  return copy;
}

/** The error of a bundle that is refused; undefined for one that is not. Any other error fails the test. */
function refusal(json: unknown): { field: string; problem: string } | undefined {
  try {
    parseBundle(json);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnclipError)) throw error;
    expect(error.code).toBe("INVALID_BUNDLE");
    expect(error.message).toMatch(/^bundle\.json: /);
    return { field: error.field!, problem: error.message.replace(/^bundle\.json: (its content|"[^"]*") /, "") };
  }
}

describe.each(Object.entries(BUNDLES))("bundle.json of %s", (_, folder) => {
  const json = read(folder);
  const paths = pathsOf(json);

  it("is read", () => expect(refusal(json)).toBeUndefined());

  it("without any one key is read without it, or refused", () => {
    for (const path of paths) {
      const refused = refusal(changed(json, path, undefined));
      if (refused?.problem === "is missing") expect(refused.field).toBe(path.join("."));
    }
  });

  it("with any value in the place of another is read, or refused", () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        refusal(changed(json, path, value as Json));
      }),
      { numRuns: 500 },
    );
  });
});

it("any JSON is read, or refused", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(refusal(json)).toBeDefined();
    }),
  );
});

describe("a misspelt key", () => {
  it.each([
    "tokenizer",
    "prior",
    "prior.diffusion",
    "prior.direct",
    "decoder",
    "decoder.sizes",
    "decoder.latent",
    "decoder.latent.preview",
    "decoder.scheduler",
    "decoder.noiseAugmentation",
    "decoder.textEncoder",
    "presets.draft.prior",
  ])("in %s is refused", (place) => {
    const path = [...place.split("."), "clipSampelRange"];
    expect(refusal(changed(latent, path, 1))).toEqual({
      field: path.join("."),
      problem: expect.stringMatching(/^is not known here \(known: /),
    });
  });
});

describe("a prior's cache of keys and values", () => {
  const network = "prior.diffusion.network";
  it.each<[string, Json | undefined, string]>([
    ["inputs.past_key_values", undefined, `"${network}.inputs.past_key_values" is missing`],
    ["outputs.present_key_values", undefined, `"${network}.inputs.past_key_values" is not known here`],
    ["inputs.past_key_values.shape.3", 78, `"${network}.inputs.past_key_values.shape.3" must be "past", not 78`],
    ["outputs.present_key_values.shape.1", 5, `"${network}.inputs.past_key_values.shape.1" must be 5, not `],
    ["outputs.present_key_values.shape.4", 0, `"${network}.outputs.present_key_values.shape.4" must be a whole`],
  ])("must be declared whole: %s = %j", (path, value, message) => {
    const refused = refusal(changed(karlo, `${network}.${path}`.split("."), value));
    expect(`"${refused?.field}" ${refused?.problem}`).toContain(message);
  });
});

describe("what a bundle declares", () => {
  it.each<[string, Json | undefined, string]>([
    ["format", 1, '"format" is 1, but this version of unclip reads format 2: export the bundle again'],
    ["format", 3, '"format" is 3, but this version of unclip reads format 2: export the bundle again'],
    ["decoder.sizes", [64], '"decoder.latent.decode.inputs.latent.shape.2" must be 8, not "h"'],
    ["decoder.sizes", [64, 64], '"decoder.sizes.1" must be a whole number from 65 to 4096, not 64'],
    ["decoder.sizes", [], '"decoder.sizes" must have 1 to 128 items, not 0'],
    ["decoder.sizes.min", 65, '"decoder.sizes.min" must be a multiple of 32, not 65'],
    ["decoder.sizes.max", 32, '"decoder.sizes.max" must be a whole number from 64 to 4096, not 32'],
    ["decoder.sizes.multipleOf", 1, '"decoder.latent.factor" must divide every size, but does not divide 65'],
    ["decoder.sizes", { min: 64, max: 4096, multipleOf: 8 }, '"decoder.sizes.multipleOf" makes 505 sizes, of which'],
    ["decoder.latent.channels", 3, '"decoder.latent.decode.inputs.latent.shape.1" must be 3, not 4'],
    ["decoder.latent.preview.weight", [], '"decoder.latent.preview.weight" must have 3 items, not 0'],
    ["decoder.latent.scalingFactor", 0, '"decoder.latent.scalingFactor" must be a number from'],
    ["decoder.unconditional", "stored", '"decoder.network.inputs.image_mask" is not known here'],
    ["decoder.unconditional", "nothing", '"decoder.unconditional" must be "stored" or "network", not "nothing"'],
    ["decoder.noiseAugmentation", undefined, '"decoder.network.inputs.noise_level" is not known here'],
    ["decoder.textEncoder", undefined, '"decoder.network.inputs.text_states.shape.1" must be 16, not 12'],
    ["decoder.scheduler.betaStart", undefined, '"decoder.scheduler.betaStart" is missing'],
    ["decoder.scheduler.betaEnd", 0.0001, '"decoder.scheduler.betaEnd" must be a number from 0.00085 to 0.999'],
    ["decoder.noiseAugmentation.betaEnd", 0.02, '"decoder.noiseAugmentation.betaEnd" has no meaning with the beta'],
    [
      "decoder.scheduler.timestepSpacing",
      "trailing",
      '"decoder.scheduler.stepsOffset" is for the timestep spacing "leading", not "trailing"',
    ],
    ["decoder.scheduler.stepsOffset", 1000, '"decoder.scheduler.stepsOffset" must be a whole number from 0 to 999'],
    ["prior.diffusion.scheduler.clipSampleRange", 0, '"prior.diffusion.scheduler.clipSampleRange" must be a number'],
    ["prior", {}, '"prior" must hold diffusion or autoregressive or direct'],
    ["presets.draft.prior.direct", undefined, '"presets.draft.prior.direct" is missing'],
    ["presets.draft.prior.autoregressive", {}, '"presets.draft.prior.autoregressive" is not known here'],
    ["upsamplers", [{}], '"upsamplers" must have 0 items, not 1'],
    ["decoder.latent.encode", undefined, '"scenes.relations" need "decoder.latent.encode", which is missing'],
  ])("must fit together: %s = %j", (path, value, message) => {
    const refused = refusal(changed(latent, path.split("."), value));
    expect(`"${refused?.field}" ${refused?.problem}`.slice(0, message.length)).toBe(message);
  });

  it("sizes by a rule are its multiples, in rising order", () => {
    const size = fc.integer({ min: 1, max: 32 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 64 }), (a, b, multipleOf) => {
        const [min, max] = [8 * Math.min(a, b) * multipleOf, 8 * Math.max(a, b) * multipleOf];
        fc.pre(min !== max && max <= 4096);
        const rule = { min, max, multipleOf: 8 * multipleOf };
        const sizes = sizesOf(parseBundle(changed(latent, ["decoder", "sizes"], rule)));
        expect(sizes).toEqual(Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => min + i * 8 * multipleOf));
      }),
    );
  });
});

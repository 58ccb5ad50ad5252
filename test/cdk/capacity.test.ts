// What does not fit on Lambda or on a GPU is refused when templates are made, with the size, the limit and what to do.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { checkCapacity, embedsOnLambda } from "../../cdk/capacity.ts";
import { parseBundle } from "../../models/bundle/parse.ts";
import type { BundleSpec } from "../../models/bundle/spec.ts";
import { everyOf, ROOT, refersTo, synthesise } from "../support/cdk/synth.ts";

/** Numbers of the weights of the published Kandinsky 2.2. */
const WEIGHTS: Readonly<Record<string, number>> = {
  "clip-text.onnx": 694_659_840,
  "clip-image.onnx": 1_844_907_264,
  "prior.onnx": 1_026_225_920,
  "decoder.onnx": 1_253_057_288,
  "decode.onnx": 40_000_000,
  "encode.onnx": 30_000_000,
};

/** bundle.json of a small Kandinsky with the files' sizes of the published one, of which `scale` weights are kept. */
function kandinsky(precision: "fp16" | "fp32", scale = 1): object {
  const small = JSON.parse(readFileSync(path.join(ROOT, "test/bundles/kandinsky/bundle.json"), "utf8"), (key, value) =>
    key === "precision" ? precision : value,
  );
  for (const [file, count] of Object.entries(WEIGHTS)) {
    small.files[file].bytes = Math.round(count * scale) * (precision === "fp16" ? 2 : 4);
  }
  return small;
}

const spec = (...of: Parameters<typeof kandinsky>): BundleSpec => parseBundle(kandinsky(...of));
const GPU = { instances: ["g4dn.xlarge", "g5.xlarge"] };

describe("without GPU machines", () => {
  test("an image that exceeds Lambda's limit is refused", () => {
    expect(() => checkCapacity(spec("fp32"), { memory: 10_240, gpu: undefined })).toThrow(
      /^the bundle kandinsky-tiny makes an image of 20.6 GB, and Lambda's limit is 10.0 GB: draw on GPU machines with gpu=on and weights=s3, or/,
    );
  });

  test("a network that exceeds the functions' memory is refused with the memory that suffices", () => {
    const small = spec("fp32", 0.4);
    const check = (memory: number) => () => checkCapacity(small, { memory, gpu: undefined });
    expect(check(3_008)).toThrow(
      /needs 3.7 GB of memory .*, and memory=3008 gives functions 3.2 GB: set it to 3574 or/,
    );
    expect(check(3_574)).not.toThrow();
  });

  test("a network that exceeds the memory of all functions is refused", () => {
    expect(() => checkCapacity(spec("fp16", 0.85), { memory: 10_240, gpu: undefined })).toThrow(
      /needs 11.8 GB of memory .*, and Lambda's limit is 10.7 GB: draw on GPU machines/,
    );
  });
});

describe("on GPU machines", () => {
  test("instance types whose GPU is too small are refused with those that fit", () => {
    const check = (instances: string[]) => () => checkCapacity(spec("fp32"), { memory: 3_008, gpu: { instances } });
    expect(check(["g4dn.xlarge", "g5.xlarge"])).toThrow(
      /needs 19.6 GB of GPU memory, and g4dn.xlarge of gpuInstances have less: g5, g6, g6e fit/,
    );
    expect(check(["g5.xlarge"])).not.toThrow();
  });

  test("CLIP needs enough memory too, where functions can embed at all", () => {
    expect(embedsOnLambda(spec("fp16"))).toBe(false);
    expect(embedsOnLambda(spec("fp16", 0.5))).toBe(true);
    expect(() => checkCapacity(spec("fp16", 0.5), { memory: 3_008, gpu: GPU })).toThrow(
      /^CLIP of the bundle kandinsky-tiny needs .* set it to \d+ or more$/,
    );
  });

  test("a model of more than 10 GB deploys, and the API says that nothing embeds", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "unclip-large-"));
    writeFileSync(path.join(folder, "bundle.json"), JSON.stringify(kandinsky("fp32")));
    const { templates } = synthesise({ bundle: folder, gpu: "on", weights: "s3", gpuInstances: "g6.xlarge" });
    const functions = everyOf(templates, "AWS::Lambda::Function").map(([, { Properties }]) => Properties);
    expect(functions.filter(({ FunctionName }) => FunctionName === "unclip-embed")).toEqual([]);
    const graphql = functions.find(({ FunctionName }) => FunctionName === "unclip-graphql")!;
    expect(graphql.Environment.Variables).not.toHaveProperty("UNCLIP_EMBEDDER");
    expect(refersTo(templates.api, "unclip-embed")).toBe(false);
    expect(() => synthesise({ bundle: folder })).toThrow("Lambda's limit is 10.0 GB");
  }, 60_000);
});

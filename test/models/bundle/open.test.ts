import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openBundle } from "../../../models/bundle/open.ts";
import type { UnclipError } from "../../../models/errors.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { copyOfTiny, replaceFile, TINY } from "../../support/models/tiny-bundle.ts";

const failureOf = (folder: string): Promise<UnclipError> =>
  openBundle(folder).then(
    () => expect.fail("it opened"),
    (error: UnclipError) => error,
  );

it("a bundle opens with the content of its bundle.json", async () => {
  const { spec } = await openBundle(TINY);
  const json = JSON.parse(await readFile(join(TINY, "bundle.json"), "utf8"));
  expect(spec.files).toEqual(json.files);
  const { decoder } = json.presets.draft;
  expect(spec.presets.draft.decoder).toEqual({ ...decoder, inversionSteps: decoder.steps });
  expect(spec.decoder.network.inputs).toMatchObject(json.decoder.network.inputs);
});

describe("a file", () => {
  it("with one bit changed is refused by name", async () => {
    const folder = await copyOfTiny();
    const path = join(folder, "decoder.onnx");
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    expect(await failureOf(folder)).toMatchObject({
      code: "INVALID_BUNDLE",
      message: expect.stringMatching(/^decoder\.onnx is not the file of this bundle: its sha256 is [0-9a-f]{64}$/),
    });
  });

  it("that was cut short is refused by its size", async () => {
    const folder = await copyOfTiny();
    await truncate(join(folder, "merges.txt"), 10);
    expect((await failureOf(folder)).message).toMatch(/^merges\.txt has 10 bytes, bundle\.json says \d+$/);
  });

  it("that is missing is named", async () => {
    const folder = await copyOfTiny();
    await rm(join(folder, "clip-text.onnx"));
    expect(await failureOf(folder)).toMatchObject({ code: "INVALID_BUNDLE", message: "clip-text.onnx cannot be read" });
  });

  it.each(["../secret", "/etc/passwd", "a/../../b", ".hidden"])("must be inside the folder: %s", async (name) => {
    const { spec } = await openBundle(TINY);
    const folder = await copyOfTiny({ files: { ...spec.files, [name]: spec.files["vocab.json"] } });
    expect((await failureOf(folder)).message).toBe(`bundle.json: "files.${name}" is not a plain file name`);
  });
});

describe("bundle.json", () => {
  it("must be there", async () => {
    const folder = await copyOfTiny();
    await rm(join(folder, "bundle.json"));
    expect(await failureOf(folder)).toMatchObject({
      code: "INVALID_BUNDLE",
      message: `bundle.json cannot be read in ${folder}`,
    });
  });

  it("must be JSON", async () => {
    const folder = await copyOfTiny();
    await writeFile(join(folder, "bundle.json"), '{ "format": 2, ');
    expect((await failureOf(folder)).message).toBe(`bundle.json in ${folder} is not JSON`);
  });

  it.each(
    [
      "format",
      "name",
      "files",
      "tensors",
      "tokenizer.contextLength",
      "clip.dimensions",
      "clip.text.file",
      "clip.text.outputs.states",
      "clip.image.mean",
      "prior.diffusion.scheduler.betaSchedule",
      "prior.diffusion.network.inputs.text_mask",
      "prior.autoregressive.buckets",
      "decoder.scheduler.varianceType",
      "decoder.unconditional",
      "decoder.network.inputs.x.shape",
      "upsamplers.0.to",
      "presets.best",
      "presets.draft.prior.autoregressive.temperature",
      "presets.standard.upsamplers.1.steps",
    ].map((path) => [path]),
  )("without %s", async (path) => {
    const error = await failureOf(await copyOfTiny({ [path]: undefined }));
    expect(error).toMatchObject({ code: "INVALID_BUNDLE", message: `bundle.json: "${path}" is missing` });
  });

  it.each([
    ["format", 1, '"format" is 1, but this version of unclip reads format 2: export the bundle again'],
    [
      "decoder.scheduler.predictionType",
      "noise",
      '"decoder.scheduler.predictionType" must be "epsilon" or "sample" or "v_prediction", not "noise"',
    ],
    ["decoder.network.file", "other.onnx", '"decoder.network.file" names other.onnx, which "files" does not list'],
    ["decoder.network.inputs.x.dtype", "float16", '"decoder.network.inputs.x.dtype" must be "float32", not "float16"'],
    ["decoder.network.inputs.x.shape.2", 63, '"decoder.network.inputs.x.shape.2" must be 64, not 63'],
    ["decoder.network.inputs.speed", {}, /^"decoder\.network\.inputs\.speed" is not known here \(known: x, t/],
    [
      "decoder.scheduler.varianceType",
      "learned_range",
      '"decoder.network.outputs.prediction.shape.1" must be 6, not 3',
    ],
    ["clip.normalise", "yes", '"clip.normalise" must be true or false, not "yes"'],
    ["upsamplers.0.from", 32, '"upsamplers.0.from" must be 64, not 32'],
    ["presets.draft.decoder.steps", 1, '"presets.draft.decoder.steps" must be a whole number from 2 to 1000, not 1'],
    ["presets.draft.upsamplers", [], '"presets.draft.upsamplers" must have 2 items, not 0'],
    ["scenes", { attributes: [] }, '"scenes.relations" is missing'],
    [
      "scenes",
      { attributes: [], relations: [{ first: "behind", phrases: ["behind"] }] },
      '"scenes.relations.0.first" must be "left" or "right" or "above" or "below", not "behind"',
    ],
    [
      "scenes",
      { attributes: [{ noun: "style", alone: true, values: {} }], relations: [] },
      '"scenes.attributes.0.values" must not be empty',
    ],
    ["tensors.names", ["clip.mean"], '"tensors.names" must include decoder.null'],
    ["tensors.names", ["clip.void"], /^"tensors.names.0" must be "decoder.null" or .*, not "clip.void"$/],
    ["prior", {}, '"prior" must hold diffusion or autoregressive or direct'],
  ] as const)("with %s = %j", async (path, value, message) => {
    const error = await failureOf(await copyOfTiny({ [path]: value }));
    expect(error.code).toBe("INVALID_BUNDLE");
    if (typeof message === "string") expect(error.message).toBe(`bundle.json: ${message}`);
    else expect(error.message.replace("bundle.json: ", "")).toMatch(message);
  });

  it("needs tensors with the names and shapes that follow from it", async () => {
    const bytes = await readFile(join(TINY, "tensors.safetensors"), "latin1");
    const folder = await copyOfTiny();
    await replaceFile(
      folder,
      "tensors.safetensors",
      Buffer.from(bytes.replace("decoder.null", "decoder.void"), "latin1"),
    );
    expect(await failureOf(folder)).toMatchObject({
      code: "INVALID_BUNDLE",
      message: "tensors.safetensors: the tensor decoder.null is missing",
    });
  });
});

describe("a graph that differs from bundle.json is refused before any network runs", () => {
  const steps: unknown[] = [];
  const draw = async (folder: string) => {
    const engine = await openUnclip(folder);
    const error = await engine.generate({ prompt: "a cat", size: 64 }, { onProgress: (step) => steps.push(step) }).then(
      () => expect.fail("it drew"),
      (error: UnclipError) => error,
    );
    await engine.close();
    return error;
  };

  it("when its names differ", async () => {
    const folder = await copyOfTiny({ "decoder.network.file": "clip-image.onnx" });
    expect(await draw(folder)).toMatchObject({
      code: "INVALID_BUNDLE",
      message: "decoder: clip-image.onnx: has the inputs image, bundle.json says x, t, image_embedding",
    });
  });

  it("when its shapes differ", async () => {
    const folder = await copyOfTiny({ "clip.image.size": 32, "clip.image.inputs.image.shape": ["n", 3, 32, 32] });
    const { message } = await draw(folder);
    expect(message).toMatch(
      /^clip-image: clip-image\.onnx: input image is float32 \[.+, 3, 64, 64\], bundle\.json says float32 \[n, 3, 32, 32\]$/,
    );
  });

  it("when it is not an ONNX graph", async () => {
    const folder = await copyOfTiny({ "decoder.network.file": "merges.txt" });
    expect((await draw(folder)).message).toMatch(/^merges\.txt cannot be opened: /);
  });

  it("and no step was taken", () => expect(steps).toEqual([]));
});

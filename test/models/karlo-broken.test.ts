// Karlo's bundle spoilt: every fault ends with a name, none in noise or a black picture.
import { readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { UnclipError } from "../../models/errors.ts";
import { readSafetensors, writeSafetensors } from "../../models/tensor/safetensors.ts";
import { Tensor } from "../../models/tensor/tensor.ts";
import { openUnclip } from "../../models/unclip.ts";
import { KARLO } from "../support/models/karlo-bundle.ts";
import { copyOf, replaceFile } from "../support/models/tiny-bundle.ts";

const request = { prompt: "a red apple", size: 64, seed: 1, steps: 2, priorSteps: 2 } as const;

async function failure(folder: string, use: Parameters<typeof using>[1] = (engine) => engine.generate(request)) {
  return using(folder, use).then(
    () => expect.fail("it succeeded"),
    ({ code, message }: UnclipError) => ({ code, message }),
  );
}

async function using(folder: string, use: (engine: Awaited<ReturnType<typeof openUnclip>>) => Promise<unknown>) {
  const engine = await openUnclip(folder, { threads: 1 });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** A copy whose tensor is changed, its digest right again; undefined takes it away. */
async function changed(name: string, change: (data: Float32Array) => Float32Array | undefined): Promise<string> {
  const folder = await copyOf(KARLO);
  const tensors = readSafetensors(await readFile(join(folder, "tensors.safetensors")));
  const { data, shape } = tensors.get(name)!;
  const values = change(data);
  if (values === undefined) tensors.delete(name);
  else tensors.set(name, new Tensor(values, shape));
  await replaceFile(folder, "tensors.safetensors", writeSafetensors(tensors));
  return folder;
}

it("an overflow in the decoder stops the call", async () => {
  const folder = await changed("decoder.null", (data) => data.fill(3e38));
  expect(await failure(folder)).toEqual({
    code: "NUMERIC_FAILURE",
    message: "decoder: decoder.onnx gave NaN or infinity in prediction",
  });
});

it("missing statistics of CLIP fail when the bundle is opened", async () => {
  const folder = await changed("clip.std", () => undefined);
  expect(await failure(folder)).toEqual({
    code: "INVALID_BUNDLE",
    message: "tensors.safetensors: the tensor clip.std is missing",
  });
});

it("a network cut short is refused by name", async () => {
  const folder = await copyOf(KARLO);
  await truncate(join(folder, "upsampler-256-last.onnx"), 1000);
  expect((await failure(folder)).message).toMatch(/^upsampler-256-last\.onnx has 1000 bytes, bundle\.json says \d+$/);
});

it("the last step's network must be one of the bundle's", async () => {
  const folder = await copyOf(KARLO, { "upsamplers.0.last.file": "other.onnx" });
  expect((await failure(folder)).message).toBe(
    'bundle.json: "upsamplers.0.last.file" names other.onnx, which "files" does not list',
  );
});

it("a size larger than its last stage is an invalid request", async () => {
  expect(await failure(KARLO, (engine) => engine.generate({ ...request, size: 1024 }))).toEqual({
    code: "INVALID_REQUEST",
    message: '"size" must be 64 or 256 with the model karlo-tiny, not 1024',
  });
});

it("reconstruct is an invalid request without principal components", async () => {
  const [{ png }] = ((await using(KARLO, (engine) => engine.generate(request))) as { pictures: [{ png: Uint8Array }] })
    .pictures;
  expect(await failure(KARLO, (engine) => engine.reconstruct({ image: png, dimensions: [5] }))).toEqual({
    code: "INVALID_REQUEST",
    message: `"dimensions" needs principal components of CLIP's space, which the model karlo-tiny lacks`,
  });
});

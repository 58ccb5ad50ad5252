// What `unclip import` finds out and checks before it starts Python.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { detectFamily } from "../../../functions/cli/import/detect.ts";
import { FAMILIES } from "../../../functions/cli/import/families.ts";
import { checkNeeds, countWeights } from "../../../functions/cli/import/needs.ts";
import { run } from "../../../functions/cli/run.ts";
import { writeSafetensors } from "../../../models/tensor/safetensors.ts";
import { zeros } from "../../../models/tensor/tensor.ts";
import { dataFolder } from "../../support/local/temporary-folder.ts";

/** A folder as diffusers saves a pipeline: its index, and a network of so many weights. */
async function pipelineFolder(parent: string, name: string, pipeline: string, weights = 6): Promise<string> {
  const folder = join(parent, name);
  await mkdir(join(folder, "unet"), { recursive: true });
  await writeFile(join(folder, "model_index.json"), JSON.stringify({ _class_name: pipeline }));
  const tensors = new Map([["weight", zeros([2, weights / 2])]]);
  await writeFile(join(folder, "unet", "diffusion_pytorch_model.safetensors"), writeSafetensors(tensors));
  return folder;
}

const line = (...words: string[]) => run(words, new AbortController().signal);

describe("the model in some folders", () => {
  it.each(FAMILIES)("is found: $id", async (family) => {
    const parent = dataFolder();
    const folders = await Promise.all(
      family.sources.map(({ pipeline }, i) => pipelineFolder(parent, `folder-${i}`, pipeline)),
    );
    const expected = { family, folders, extra: undefined };
    expect(await detectFamily(folders)).toEqual(expected);
    expect(await detectFamily(folders.toReversed())).toEqual(expected);
    expect(await detectFamily([parent])).toEqual(expected);
  });

  it("takes the pipeline whose prior another one reads", async () => {
    const parent = dataFolder();
    const images = await pipelineFolder(parent, "images", "StableUnCLIPImg2ImgPipeline");
    const karlo = await pipelineFolder(parent, "karlo", "UnCLIPPipeline");
    const { family, folders, extra } = await detectFamily([karlo, images]);
    expect([family.id, folders, extra]).toEqual(["stable-unclip", [images], karlo]);
    expect(family.args(folders, extra)).toEqual([images, "--prior", karlo]);
  });

  it("is refused by the name of what is missing or unknown", async () => {
    const parent = dataFolder();
    const prior = await pipelineFolder(parent, "prior", "KandinskyV22PriorPipeline");
    await expect(detectFamily([prior])).rejects.toThrow(
      "the folder of kandinsky-community/kandinsky-2-2-decoder (KandinskyV22Pipeline) is missing beside KandinskyV22PriorPipeline",
    );
    const other = await pipelineFolder(parent, "other", "StableDiffusionXLPipeline");
    await expect(detectFamily([other])).rejects.toThrow(/^StableDiffusionXLPipeline cannot be imported; known are /);
    await expect(detectFamily([join(parent, "none")])).rejects.toThrow(/there is no folder .*none, and no model/);
    await expect(detectFamily([join(other, "unet")])).rejects.toThrow(/holds no model_index\.json/);
    await writeFile(join(other, "model_index.json"), "{");
    await expect(detectFamily([other])).rejects.toThrow(/model_index\.json cannot be read/);
  });
});

describe("what an import needs", () => {
  it("is counted from the headers of the weights", async () => {
    const parent = dataFolder();
    const folders = [await pipelineFolder(parent, "a", "A", 6), await pipelineFolder(parent, "b", "B", 10)];
    expect(await countWeights(folders)).toEqual({ all: 16, largest: 10 });
    const cut = join(folders[0]!, "unet", "diffusion_pytorch_model.safetensors");
    await writeFile(cut, Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1]));
    await expect(countWeights(folders)).rejects.toThrow(/is cut short/);
  });

  it("is refused before it starts where disk or memory does not suffice", async () => {
    const target = join(dataFolder(), "bundle");
    await checkNeeds({ all: 1000, largest: 1000 }, target, "fp32");
    await expect(checkNeeds({ all: 1e15, largest: 1 }, target, "fp16")).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringMatching(/needs 2000000\.0 GB, and its disk has .* free/),
    });
    await expect(checkNeeds({ all: 1, largest: 1e15 }, target, "fp32")).rejects.toMatchObject({
      code: "INSUFFICIENT_MEMORY",
      message: expect.stringMatching(/needs 6000000\.0 GB of memory for its largest network/),
    });
  });
});

describe("on the command line", () => {
  it("an existing bundle is not overwritten", async () => {
    const parent = dataFolder();
    await expect(line("import", "kandinsky-2-2", "--out", parent)).rejects.toThrow(`${parent} exists already`);
    await expect(line("import", "karlo", "--precision", "fp64", "--out", join(parent, "a"))).rejects.toThrow(
      "--precision must be fp32 or fp16",
    );
  });

  it("downloads the commits that --revision names", async () => {
    const parent = dataFolder();
    const [python, log] = [join(parent, "python"), join(parent, "log")];
    await writeFile(python, `#!/bin/sh\necho "$@" >> '${log}'\ntest $(wc -l < '${log}') -lt 2\n`, { mode: 0o755 });
    const importing = (revision: string) =>
      line(
        ...["import", "kandinsky-2-2", "--out", join(parent, "out"), "--data", parent],
        ...["--python", python, "--revision", revision],
      );
    await expect(importing("kandinsky-2-2-decoder=0123abc")).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    const [prior, decoder] = (await readFile(log, "utf8")).split("\n");
    expect(prior).toMatch(/fetch kandinsky-community\/kandinsky-2-2-prior \S+ \*$/);
    expect(decoder).toMatch(/fetch kandinsky-community\/kandinsky-2-2-decoder \S+ \* --revision 0123abc$/);
    for (const wrong of ["0123abc", "karlo-v1-alpha=0123abc", "kandinsky-2-2-prior="]) {
      await expect(importing(wrong)).rejects.toThrow(
        "--revision must be kandinsky-2-2-prior=COMMIT,kandinsky-2-2-decoder=COMMIT, or a part of it, not",
      );
    }
    const folder = await pipelineFolder(parent, "images", "StableUnCLIPImg2ImgPipeline");
    await expect(line("import", folder, "--out", join(parent, "out"), "--revision", "a=b")).rejects.toThrow(
      "--revision is for models that are downloaded by their name",
    );
  });

  it("models lists every model with its licence, and how to import it", async () => {
    const { text } = await line("models");
    for (const { id, licence } of FAMILIES) {
      expect(text).toContain(licence);
      expect(text).toContain(`unclip import ${id}`);
    }
    const { models } = JSON.parse((await line("models", "--json")).text);
    expect(models.map(({ id }: { id: string }) => id)).toEqual(FAMILIES.map(({ id }) => id));
    for (const { estimated } of models) expect(estimated.seconds).toBeGreaterThan(1);
  });
});

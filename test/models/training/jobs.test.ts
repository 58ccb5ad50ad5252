import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { digestOf, type Job, literalDigestOf, work } from "../../../models/training/evaluation/jobs.ts";

const folder = () => mkdtemp(path.join(tmpdir(), "unclip-jobs-"));
const bytes = (text: string) => new TextEncoder().encode(text);

test("draws what is not there, each picture into its file, and goes on after a run that broke", async () => {
  vi.spyOn(console, "log").mockReturnValue();
  const place = await folder();
  const drawn: string[] = [];
  const job = (name: string): Job => ({
    files: [`${name}/0.png`, `${name}/1.png`],
    draw: async () => {
      drawn.push(name);
      return [bytes(`${name} 0`), bytes(`${name} 1`)];
    },
  });
  const broken: Job = { files: ["b/0.png"], draw: () => Promise.reject(new Error("no")) };
  await expect(work(place, [job("a"), broken])).rejects.toThrow("no");
  await work(place, [job("a"), job("b")]);
  expect(drawn).toEqual(["a", "b"]);
  expect(await readFile(path.join(place, "b/1.png"), "utf8")).toBe("b 1");
  expect((await readdir(place, { recursive: true })).filter((file) => file.endsWith(".tmp"))).toEqual([]);
});

test("a digest covers what small pictures depend on: the decoder and the prompts, not upsamplers or the training record", () => {
  const spec = (decoder: string, other: string) =>
    JSON.stringify({ decoder, upsamplers: [other], files: { "upsampler-256.onnx": other }, training: other });
  const one = digestOf(spec("a", "x"), "captions");
  expect(digestOf(spec("a", "y"), "captions")).toBe(one);
  expect(digestOf(spec("b", "x"), "captions")).not.toBe(one);
  expect(digestOf(spec("a", "x"), "other captions")).not.toBe(one);
});

test("the digest for literal captions does not depend on scenes", () => {
  const spec = (scenes: string) => JSON.stringify({ decoder: "a", scenes });
  expect(digestOf(spec("x"), "captions")).not.toBe(digestOf(spec("y"), "captions"));
  expect(literalDigestOf(spec("x"), "captions")).toBe(literalDigestOf(spec("y"), "captions"));
});

// A bundle's memory needs, the plan chosen for it, and the refusal of a bundle that is too large before its files are read.
import { describe, expect, it } from "vitest";
import { createInfo } from "../../../models/bundle/info.ts";
import { ACTIVATION_MULTIPLES, estimateMemory } from "../../../models/bundle/memory.ts";
import { openBundle } from "../../../models/bundle/open.ts";
import type { BundleSpec } from "../../../models/bundle/spec.ts";
import { memoryReport } from "../../../models/host/memory-report.ts";
import { openUnclipInWorker } from "../../../models/host/worker-client.ts";
import { availableMemory, checkSize, planMemory } from "../../../models/onnx/memory.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { KARLO } from "../../support/models/karlo-bundle.ts";
import { hugeTiny, TINY } from "../../support/models/tiny-bundle.ts";

const { spec: karlo } = await openBundle(KARLO);

const GB = 1e9;
/** In GB, as models/training/karlo writes them; the largest graphs keep their weights in files of their own. */
const SIZES = {
  fp16: {
    "clip-text.onnx": 0.323,
    "clip-image.onnx": 0.608,
    "prior.onnx": 0.001,
    "prior.onnx.data": 2.045,
    "decoder.onnx": 1.787,
    "upsampler-256.onnx": 1.383,
    "upsampler-256-last.onnx": 1.383,
  },
  fp32: {
    "clip-text.onnx": 0.494,
    "clip-image.onnx": 1.215,
    "prior.onnx": 0.001,
    "prior.onnx.data": 4.087,
    "decoder.onnx": 0.001,
    "decoder.onnx.data": 3.572,
    "upsampler-256.onnx": 0.001,
    "upsampler-256.onnx.data": 2.765,
    "upsampler-256-last.onnx": 0.001,
    "upsampler-256-last.onnx.data": 2.765,
  },
} as const;
/** In GB, what a process grew by at most when it opened the network and ran one step of it: docs/reports/performance.md. */
const PEAKS = { fp16: [0.77, 2.14, 4.39, 6.59, 5.98, 5.98], fp32: [0.67, 1.31, 4.76, 4.18, 4.87, 4.87] } as const;

function karloOf(precision: "fp16" | "fp32"): BundleSpec {
  const files = Object.entries(SIZES[precision]).map(([name, size]) => {
    return [name, { sha256: "0".repeat(64), bytes: Math.round(size * GB) }];
  });
  const whole = JSON.stringify({ ...karlo, files: { ...karlo.files, ...Object.fromEntries(files) } });
  return JSON.parse(whole, (key, value) => (key === "precision" ? precision : value));
}

const full = karloOf("fp16");

describe("what Karlo needs at its full size", () => {
  const { networks, all, one } = estimateMemory(full);

  it("counts every network once, with its external weights", () => {
    expect(networks.map(({ file, disk }) => [file, disk / GB])).toEqual([
      ["clip-text.onnx", 0.323],
      ["clip-image.onnx", 0.608],
      ["prior.onnx", 2.046],
      ["decoder.onnx", 1.787],
      ["upsampler-256.onnx", 1.383],
      ["upsampler-256-last.onnx", 1.383],
    ]);
  });

  it.each(["fp16", "fp32"] as const)("in %s is at least the measured memory, and at most a tenth more", (precision) => {
    const needs = estimateMemory(karloOf(precision));
    for (const [i, { peak, held }] of needs.networks.entries()) {
      expect(peak / GB).toBeGreaterThan(PEAKS[precision][i]!);
      expect(peak / GB).toBeLessThan(1.1 * PEAKS[precision][i]!);
      expect(held).toBeLessThanOrEqual(peak);
      expect(needs.one).toBeGreaterThan(peak);
    }
    expect(needs.one).toBeLessThan(needs.all / 2);
  });

  it("assumes fp16, which needs more, for a network without a precision", () => {
    const silent = JSON.parse(JSON.stringify(full), (key, value) => (key === "precision" ? undefined : value));
    expect(estimateMemory(silent)).toEqual(estimateMemory(full));
  });

  it("chooses the plan, unless one is named", () => {
    expect(planMemory(full, "auto", all)).toBe("all");
    expect(planMemory(full, "auto", all - 1)).toBe("one");
    expect(planMemory(full, "auto", one)).toBe("one");
    const refused = () => planMemory(full, "auto", 4 * GB);
    expect(refused).toThrow(expect.objectContaining({ code: "INSUFFICIENT_MEMORY", retryable: false }));
    expect(refused).toThrow(
      /^The bundle karlo-tiny needs \d\.\d GB of memory with one network at a time, \d\d\.\d GB with all, but 4\.0 GB are free/,
    );
    expect(planMemory(full, "one", 0)).toBe("one");
    expect(planMemory(full, "all", 0)).toBe("all");
  });
});

it("the available memory of this machine is a positive number", () => {
  expect(availableMemory()).toBeGreaterThan(1e8);
});

describe("a bundle that is too large for this machine", () => {
  const named = { code: "INSUFFICIENT_MEMORY", message: expect.stringMatching(/^The bundle tiny needs 3700\.\d GB /) };

  it("is refused by name before its files are read, also by the engine's thread", async () => {
    const folder = await hugeTiny();
    await expect(openUnclip(folder)).rejects.toMatchObject(named);
    await expect(openUnclipInWorker(folder)).rejects.toMatchObject(named);
    expect(await memoryReport(folder)).toMatchObject({ plan: undefined });
  });

  it("shares the available memory with the machine's other engines", async () => {
    await expect(openUnclip(TINY, { engines: 1e9 })).rejects.toMatchObject({ code: "INSUFFICIENT_MEMORY" });
    const engine = await openUnclip(TINY, { engines: 1e9, memory: "all" });
    expect((await engine.embed({ prompt: "a cat" })).length).toBe(engine.info.dimensions);
    await engine.close();
  });
});

describe("the digest of a bundle's CLIP", () => {
  const clipOf = (spec: BundleSpec) => createInfo(spec).clip;
  const changed = (name: string) => ({
    ...full,
    files: { ...full.files, [name]: { sha256: "1".repeat(64), bytes: 1 } },
  });

  it("depends on its weights, in whatever file, and not on other networks", () => {
    expect(clipOf(changed("clip-image.onnx.data"))).not.toBe(clipOf(full));
    expect(clipOf(changed("clip-text.onnx"))).not.toBe(clipOf(full));
    expect(clipOf(changed("prior.onnx.data"))).toBe(clipOf(full));
  });
});

describe("activations of a decoder that draws several sizes", () => {
  const { networks: undeclared } = estimateMemory(karlo);
  const ACTIVATIONS = [
    { size: 128, bytes: 1 * GB },
    { size: 256, bytes: 4 * GB },
  ];
  const several: BundleSpec = {
    ...karlo,
    defaultSize: 128,
    upsamplers: [],
    decoder: {
      ...karlo.decoder,
      sizes: [128, 192, 256, 512],
      network: { ...karlo.decoder.network, activations: ACTIVATIONS },
    },
  };
  const decoderAt = (size?: number) =>
    estimateMemory(several, size === undefined ? {} : { size }).networks.find(({ stage }) => stage === "decoder")!;

  it("are those of the next size above, and grow with the area beyond the largest", () => {
    const given = [64, 128, 192, 256, 512].map((size) => decoderAt(size).activations / GB);
    expect(given).toEqual([1, 1, 4, 4, 16]);
    expect(decoderAt()).toEqual(decoderAt(128));
    expect(decoderAt(256).peak).toBe(decoderAt(256).held + ACTIVATION_MULTIPLES.one * 4 * GB);
    expect(undeclared.every(({ activations }) => activations === 0)).toBe(true);
  });

  it("decide which sizes are refused before any work", () => {
    for (const size of [128, 256]) expect(checkSize(several, size, "all", 10 * GB)).toBe("together");
    expect(() => checkSize(several, 512, "all", 10 * GB)).toThrow(
      "The bundle karlo-tiny needs 20.0 GB of memory for pictures of 512 pixels, but 10.0 GB are free; 128, 192, 256 fit",
    );
    // One network at a time is opened for the pass.
    expect(() => checkSize(several, 512, "one", 10 * GB)).toThrow(/needs 12\.5 GB .* 128, 192, 256 fit$/);
    expect(() => checkSize(several, 128, "all", 1)).toThrow(/no size fits$/);
  });

  it("decide whether guidance's halves run as one batch", () => {
    expect(checkSize(several, 512, "all", 40 * GB)).toBe("together");
    expect(checkSize(several, 512, "all", 39 * GB)).toBe("apart");
    expect(checkSize(several, 256, "one", 4 * GB)).toBe("apart");
  });
});

// How an engine keeps its networks: the pictures are the same, the memory is not.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openUnclipInWorker } from "../../../models/host/worker-client.ts";
import { Network } from "../../../models/onnx/session.ts";
import { type Opener, ResidentSessions, type SessionPool, SingleSession } from "../../../models/onnx/session-pool.ts";
import { Stages } from "../../../models/pipeline/stages.ts";
import { zeros } from "../../../models/tensor/tensor.ts";
import type { Result, Unclip } from "../../../models/types.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { KARLO } from "../../support/models/karlo-bundle.ts";
import { copyOfTiny, TINY } from "../../support/models/tiny-bundle.ts";

const request = { prompt: "a cat", preset: "draft", size: 256, seed: 7, steps: 2 } as const;

/** Processes that this one started and that still are, by their number. */
const children = () =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
const onLinux = process.platform === "linux";

const files = ({ pictures }: Result) => pictures.map(({ png }) => Buffer.from(png).toString("base64"));

describe.each([
  ["tiny", TINY],
  ["karlo", KARLO],
])("the engine with one network at a time, on %s", (_, bundle) => {
  const opened: Unclip[] = [];
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
  });
  const engineWith = async (memory: "all" | "one") => {
    const engine = await openUnclip(bundle, { threads: 1, memory });
    opened.push(engine);
    return engine;
  };

  it("draws the same bytes", { timeout: 120_000 }, async () => {
    const [all, one] = [await engineWith("all"), await engineWith("one")];
    const expected = await all.generate(request);
    expect(files(await one.generate(request))).toEqual(files(expected));
    const { png: image } = expected.pictures[0]!;
    const varied = { image, size: 64, seed: 7, steps: 3 } as const;
    expect(files(await one.variations(varied))).toEqual(files(await all.variations(varied)));
    expect(await one.embed({ image })).toEqual(await all.embed({ image }));
  });

  it.runIf(onLinux)("has a single process open, another one for each stage, and none when it is closed", async () => {
    const before = children().length;
    const engine = await engineWith("one");
    expect(children()).toHaveLength(before);
    const seen = new Map<string, Set<string>>();
    const onProgress = ({ stage }: { stage: string }) => {
      const now = children();
      expect(now).toHaveLength(before + 1);
      expect(readFileSync(`/proc/${now.at(-1)}/environ`, "utf8")).toContain("glibc.malloc.hugetlb=1");
      seen.set(stage, (seen.get(stage) ?? new Set()).add(now.at(-1)!));
    };
    await engine.generate(request, { onProgress });
    expect([...seen.keys()]).toEqual(["prior", "decoder", "upsampler-256"]);
    // Karlo's last step of super-resolution is a network of its own.
    expect([...seen.values()].map(({ size }) => size)).toEqual([1, 1, bundle === KARLO ? 2 : 1]);
    expect(new Set([...seen.values()].flatMap((ids) => [...ids])).size).toBe(bundle === KARLO ? 4 : 3);
    await engine.close();
    expect(children()).toHaveLength(before);
  });
});

describe("sessions", () => {
  let [open, most] = [0, 0];
  const counting =
    (folder: string): Opener =>
    async (spec, stage) => {
      const network = await Network.open(`${folder}/${spec.file}`, spec, stage, { threads: 1 });
      most = Math.max(most, ++open);
      const release = async () => {
        await network.release();
        open--;
      };
      return { spec, run: (feeds) => network.run(feeds), release };
    };

  async function passes(networks: SessionPool): Promise<void> {
    [open, most] = [0, 0];
    const stages = await Stages.open(TINY, { threads: 1 });
    const { clip } = stages.bundle.spec;
    const { size, ...encoder } = clip.image!;
    await stages.close();
    const [text, image] = [await networks.get(clip.text!, "clip-text"), await networks.get(encoder, "clip-image")];
    const { contextLength } = stages.bundle.spec.tokenizer;
    const tokens = { data: new Int32Array(contextLength), shape: [1, contextLength] };
    const pass = { image: zeros([1, 3, size, size]) };
    await Promise.all([text.run({ tokens }), image.run(pass), text.run({ tokens })]);
  }

  it("stay open, each opened once, when all are resident", async () => {
    const networks = new ResidentSessions(counting(TINY));
    await passes(networks);
    expect([open, most]).toEqual([2, 2]);
    await networks.close();
    expect(open).toBe(0);
  });

  it("are never two at a time in a single-session pool, even for concurrent passes", async () => {
    const networks = new SingleSession(counting(TINY));
    await passes(networks);
    expect([open, most]).toEqual([1, 1]);
    await networks.close();
    expect(open).toBe(0);
  });
});

describe("an isolated network", () => {
  it("that is not an ONNX graph is refused by name, as in this process", async () => {
    const folder = await copyOfTiny({ "decoder.network.file": "merges.txt" });
    const engine = await openUnclip(folder, { threads: 1, memory: "one" });
    await expect(engine.generate({ ...request, size: 64 })).rejects.toMatchObject({
      code: "INVALID_BUNDLE",
      message: expect.stringMatching(/^merges\.txt cannot be opened: /),
    });
    await engine.close();
  });

  it.runIf(onLinux)("that is killed ends its call with a name, and the next one begins anew", async () => {
    const engine = await openUnclip(TINY, { threads: 1, memory: "one" });
    const onProgress = vi.fn(({ stage }: { stage: string }) => {
      if (stage === "decoder") process.kill(Number(children().at(-1)), "SIGKILL");
    });
    await expect(engine.generate({ ...request, size: 64, steps: 20 }, { onProgress })).rejects.toMatchObject({
      code: "INTERNAL",
      retryable: true,
      message: "decoder: decoder.onnx: its process was killed, perhaps because memory ran out",
    });
    expect((await engine.generate({ ...request, size: 64 })).pictures).toHaveLength(1);
    await engine.close();
  });

  it("works in the engine's worker thread too", async () => {
    const [host, engine] = [await openUnclipInWorker(TINY, { threads: 1, memory: "one" }), await openUnclip(TINY)];
    expect(files(await host.generate({ ...request, size: 64 }))).toEqual(
      files(await engine.generate({ ...request, size: 64 })),
    );
    await host.close();
    await engine.close();
  });
});

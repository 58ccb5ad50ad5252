// Pictures and kept stages on their way between the engine's thread and this one.
import { afterAll, beforeAll, expect, it } from "vitest";
import { openUnclipInWorker } from "../../../models/host/worker-client.ts";
import type { Control, Picture, Unclip } from "../../../models/types.ts";
import { MemoryStageCache } from "../../support/models/bundle-copies.ts";
import { fingerprint } from "../../support/models/fingerprint.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

const request = { prompt: "a cat", preset: "draft", size: 256, seed: 7, steps: 3, priorSteps: 2, count: 2 } as const;
const names = ["prior", "decoder", "upsampler-256"].flatMap((stage) => [`${stage}/0`, `${stage}/1`]);

let host: Unclip;
let expected: string;

beforeAll(async () => {
  host = await openUnclipInWorker(TINY, { threads: 1 });
  expected = fingerprint((await host.generate(request)).pictures);
});

afterAll(() => host.close());

/** The pictures by their fingerprint, and the stages that computed, as "decoder/0". */
async function generate(control: Control) {
  const ran = new Set<string>();
  const onProgress: Control["onProgress"] = ({ stage, picture }) => ran.add(`${stage}/${picture}`);
  const { pictures } = await host.generate(request, { previewEvery: 0, onProgress, ...control });
  return { pictures: fingerprint(pictures), ran: [...ran] };
}

it("gives each picture before the call is over, in order", async () => {
  const given: [Picture, number][] = [];
  let over = false;
  const onPicture = (picture: Picture, index: number) => {
    expect(over).toBe(false);
    given.push([picture, index]);
  };
  const { pictures } = await host.generate(request, { onPicture });
  over = true;
  expect(fingerprint(given)).toBe(fingerprint(pictures.map((picture, index) => [picture, index])));
  expect(given).toHaveLength(2);
});

it("asks the stageCache in this thread, which still holds what it lent", async () => {
  const stageCache = new MemoryStageCache();
  expect(await generate({ stageCache })).toEqual({ pictures: expected, ran: names });
  expect(stageCache.log).toEqual(names.flatMap((name) => [`load ${name}`, `save ${name}`]));
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(await generate({ stageCache })).toEqual({ pictures: expected, ran: [] });
  }
});

it("takes buffers of a pool, as files and sockets give them", async () => {
  const stageCache = new MemoryStageCache();
  await generate({ stageCache });
  for (const [name, bytes] of stageCache.kept) stageCache.kept.set(name, Buffer.concat([bytes]));
  expect(stageCache.kept.get("prior/0")!.buffer.byteLength).toBeGreaterThan(stageCache.kept.get("prior/0")!.length);
  expect(await generate({ stageCache })).toEqual({ pictures: expected, ran: [] });
});

it("goes on where a canceled call ended, and makes again what is damaged", async () => {
  const stageCache = new MemoryStageCache();
  const controller = new AbortController();
  const onProgress: Control["onProgress"] = ({ stage }) => {
    if (stage === "upsampler-256") controller.abort();
  };
  const canceled = host.generate(request, { stageCache, onProgress, signal: controller.signal });
  await expect(canceled).rejects.toMatchObject({ code: "CANCELED" });
  expect([...stageCache.kept.keys()]).toEqual(expect.arrayContaining(names.slice(0, 4)));
  const missing = names.filter((name) => !stageCache.kept.has(name));
  stageCache.kept.set("prior/0", stageCache.kept.get("prior/0")!.slice(0, -1));
  expect(await generate({ stageCache })).toEqual({ pictures: expected, ran: ["prior/0", ...missing] });
});

it("draws although the stageCache fails", async () => {
  const broken = () => {
    throw new Error("the store is away");
  };
  expect(await generate({ stageCache: { load: broken, save: broken } })).toEqual({ pictures: expected, ran: names });
});

it("is not held up by a stageCache that hangs when it cancels or closes", async () => {
  const controller = new AbortController();
  const hang = () => new Promise<never>(() => {});
  const stageCache = { load: hang, save: hang };
  const call = host.generate(request, { stageCache, signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: "CANCELED" });

  const closing = await openUnclipInWorker(TINY, { threads: 1 });
  let closed: Promise<void> | undefined;
  const load = () => {
    closed ??= closing.close();
    return hang();
  };
  await expect(closing.generate(request, { stageCache: { ...stageCache, load } })).rejects.toMatchObject({
    code: "CANCELED",
  });
  await closed;
});

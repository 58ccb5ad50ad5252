// Pictures and kept stages on their way between the engine's thread and this one.
import { afterAll, beforeAll, expect, it } from "vitest";
import { hostUnclip } from "../../../models/host/worker-client.ts";
import type { Control, Picture, Unclip } from "../../../models/types.ts";
import { Shelf } from "../../support/models/bundle-copies.ts";
import { fingerprint } from "../../support/models/fingerprint.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

const request = { prompt: "a cat", preset: "draft", size: 256, seed: 7, steps: 3, priorSteps: 2, count: 2 } as const;
const names = ["prior", "decoder", "upsampler-256"].flatMap((stage) => [`${stage}/0`, `${stage}/1`]);

let host: Unclip;
let expected: string;

beforeAll(async () => {
  host = await hostUnclip(TINY, { threads: 1 });
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

it("asks the keep in this thread, which still holds what it lent", async () => {
  const keep = new Shelf();
  expect(await generate({ keep })).toEqual({ pictures: expected, ran: names });
  expect(keep.log).toEqual(names.flatMap((name) => [`load ${name}`, `save ${name}`]));
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(await generate({ keep })).toEqual({ pictures: expected, ran: [] });
  }
});

it("takes buffers of a pool, as files and sockets give them", async () => {
  const keep = new Shelf();
  await generate({ keep });
  for (const [name, bytes] of keep.kept) keep.kept.set(name, Buffer.concat([bytes]));
  expect(keep.kept.get("prior/0")!.buffer.byteLength).toBeGreaterThan(keep.kept.get("prior/0")!.length);
  expect(await generate({ keep })).toEqual({ pictures: expected, ran: [] });
});

it("goes on where a canceled call ended, and makes again what is damaged", async () => {
  const keep = new Shelf();
  const controller = new AbortController();
  const onProgress: Control["onProgress"] = ({ stage }) => {
    if (stage === "upsampler-256") controller.abort();
  };
  const canceled = host.generate(request, { keep, onProgress, signal: controller.signal });
  await expect(canceled).rejects.toMatchObject({ code: "CANCELED" });
  expect([...keep.kept.keys()]).toEqual(expect.arrayContaining(names.slice(0, 4)));
  const missing = names.filter((name) => !keep.kept.has(name));
  keep.kept.set("prior/0", keep.kept.get("prior/0")!.slice(0, -1));
  expect(await generate({ keep })).toEqual({ pictures: expected, ran: ["prior/0", ...missing] });
});

it("draws although the keep fails", async () => {
  const broken = () => {
    throw new Error("the store is away");
  };
  expect(await generate({ keep: { load: broken, save: broken } })).toEqual({ pictures: expected, ran: names });
});

it("is not held up by a keep that hangs when it cancels or closes", async () => {
  const controller = new AbortController();
  const hang = () => new Promise<never>(() => {});
  const keep = { load: hang, save: hang };
  const call = host.generate(request, { keep, signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: "CANCELED" });

  const closing = await hostUnclip(TINY, { threads: 1 });
  let closed: Promise<void> | undefined;
  const load = () => {
    closed ??= closing.close();
    return hang();
  };
  await expect(closing.generate(request, { keep: { ...keep, load } })).rejects.toMatchObject({ code: "CANCELED" });
  await closed;
});

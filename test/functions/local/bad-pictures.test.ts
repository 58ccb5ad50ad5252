// Pictures that an upload lets through and only decoding tells from others; and the memory of a process that gets them,
// and whatever else is too much, again and again.
import { describe, expect, test } from "vitest";
import { GENERATE } from "../../support/fuzz/operations.ts";
import { badHeaders, badPictures, goodPicture } from "../../support/local/bad-pictures.ts";
import { Endpoints } from "../../support/local/endpoints.ts";
import { DEEP, doubling, LARGE, TOO_MANY, wide } from "../../support/local/heavy.ts";

const endpoints = new Endpoints();

describe("a file that fails to decode", async () => {
  const pictures = await badPictures();
  test.each(Object.entries(pictures))("fails its job at once, with the reason: %s", async (_, { bytes, type, why }) => {
    const { id } = await endpoints.vary(await endpoints.uploaded(bytes, type));
    const { message, ...failure } = (await endpoints.ended(id)).failure;
    expect(failure).toEqual({ code: "INVALID_PICTURE", retryable: false });
    expect(message).toMatch(why);
    expect(await endpoints.ended(id)).toMatchObject({ attempt: 1, pictures: [] });
  });

  test.each(Object.entries(await badHeaders()))("is refused at submit: %s", async (_, { bytes, type, why }) => {
    const image = await endpoints.uploaded(bytes, type);
    const before = await endpoints.everything();
    expect(await endpoints.vary(image)).toEqual({
      code: "INVALID_INPUT",
      field: "image",
      message: expect.stringMatching(why),
    });
    expect(await endpoints.everything()).toEqual(before);
  });

  test("SVG declared as PNG, and another owner's upload, are refused at submit", async () => {
    const svg = await endpoints.uploaded(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
    const own = await endpoints.uploaded(await goodPicture());
    const before = await endpoints.everything();
    const refusal = { code: "INVALID_INPUT", field: "image", message: expect.any(String) };
    expect(await endpoints.vary(svg)).toEqual(refusal);
    expect(await endpoints.vary(own, "bob")).toEqual(refusal);
    expect(await endpoints.everything()).toEqual(before);
    expect(await endpoints.ended((await endpoints.vary(own)).id)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
  });
});

describe("repeated undecodable files", () => {
  /** Rounds before the first memory measurement, to fill caches, and rounds after it. */
  const ROUNDS = 40;
  const MB = 2 ** 20;

  /** The minimum of several measurements, each after a garbage collection. Memory may be released with a delay. */
  async function memory(): Promise<{ heap: number; resident: number }> {
    const looks = [];
    for (let i = 0; i < 6; i++) {
      endpoints.server.child.kill("SIGUSR2");
      const value = await endpoints.metrics();
      looks.push([value("nodejs_heap_size_used_bytes") / MB, value("process_resident_memory_bytes") / MB] as const);
    }
    return { heap: Math.min(...looks.map(([heap]) => heap)), resident: Math.min(...looks.map(([, all]) => all)) };
  }

  test("do not increase memory use", { timeout: 600_000 }, async ({ annotate }) => {
    const pictures = Object.values(await badPictures());
    const round = async (i: number) => {
      const name = `r${i}_`;
      await Promise.all([
        endpoints.post(LARGE),
        endpoints.post(new Blob([LARGE]).stream()),
        endpoints.query(DEEP),
        endpoints.query(wide(60, name)),
      ]);
      await Promise.all([
        endpoints.query(doubling(20 + (i % 20))),
        endpoints.query(`{ viewer { ${`${name} `.repeat(400)} } }`),
      ]);
      await Promise.all([
        endpoints.query(`{ ${name}: ${"viewer { owner } ".repeat(100)}`),
        endpoints.query(GENERATE.query, TOO_MANY),
      ]);
      const { bytes, type } = pictures[i % pictures.length]!;
      await endpoints.ended((await endpoints.vary(await endpoints.uploaded(bytes, type))).id);
    };
    for (let i = 0; i < ROUNDS; i++) await round(i);
    const before = await memory();
    for (let i = ROUNDS; i < 2 * ROUNDS; i++) await round(i);
    const after = await memory();
    await annotate(`MB before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
    // A body or a bomb that was kept would show as gigabytes.
    expect(after.heap - before.heap).toBeLessThan(16);
    expect(after.resident - before.resident).toBeLessThan(160);
  });
});

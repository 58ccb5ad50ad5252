// Pictures that an upload lets through and only decoding tells from others; and the memory of a process that gets them,
// and whatever else is too much, again and again.
import { describe, expect, test } from "vitest";
import { GENERATE } from "../../support/fuzz/operations.ts";
import { badPictures, goodPicture } from "../../support/local/bad-pictures.ts";
import { Endpoints } from "../../support/local/endpoints.ts";
import { DEEP, doubling, LARGE, TOO_MANY, wide } from "../../support/local/heavy.ts";

const doors = new Endpoints();

describe("a picture that only decoding tells is none", async () => {
  const pictures = await badPictures();
  test.each(Object.entries(pictures))("%s: its job fails at once, and says why", async (_, { bytes, type, why }) => {
    const { id } = await doors.vary(await doors.uploaded(bytes, type));
    const { message, ...failure } = (await doors.ended(id)).failure;
    expect(failure).toEqual({ code: "INVALID_PICTURE", retryable: false });
    expect(message).toMatch(why);
    expect(await doors.ended(id)).toMatchObject({ attempt: 1, pictures: [] });
  });

  test("SVG as PNG, and somebody else's upload, do not come that far", async () => {
    const svg = await doors.uploaded(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
    const mine = await doors.uploaded(await goodPicture());
    const before = await doors.everything();
    expect(await doors.vary(svg)).toEqual({ code: "INVALID_INPUT", field: "image" });
    expect(await doors.vary(mine, "bob")).toEqual({ code: "INVALID_INPUT", field: "image" });
    expect(await doors.everything()).toEqual(before);
    expect(await doors.ended((await doors.vary(mine)).id)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
  });
});

describe("however often it comes", () => {
  /** So often before memory is looked at, to fill what is kept on purpose, and so often after. */
  const ROUNDS = 40;
  const MB = 2 ** 20;

  /** The least of some looks, each after a collection: one alone may come while something is still let go of. */
  async function memory(): Promise<{ heap: number; resident: number }> {
    const looks = [];
    for (let i = 0; i < 6; i++) {
      doors.server.child.kill("SIGUSR2");
      const value = await doors.metrics();
      looks.push([value("nodejs_heap_size_used_bytes") / MB, value("process_resident_memory_bytes") / MB] as const);
    }
    return { heap: Math.min(...looks.map(([heap]) => heap)), resident: Math.min(...looks.map(([, all]) => all)) };
  }

  test("memory stays as it was", { timeout: 600_000 }, async ({ annotate }) => {
    const pictures = Object.values(await badPictures());
    const round = async (i: number) => {
      const name = `r${i}_`;
      await Promise.all([
        doors.post(LARGE),
        doors.post(new Blob([LARGE]).stream()),
        doors.query(DEEP),
        doors.query(wide(60, name)),
      ]);
      await Promise.all([
        doors.query(doubling(20 + (i % 20))),
        doors.query(`{ viewer { ${`${name} `.repeat(400)} } }`),
      ]);
      await Promise.all([
        doors.query(`{ ${name}: ${"viewer { owner } ".repeat(100)}`),
        doors.query(GENERATE.query, TOO_MANY),
      ]);
      const { bytes, type } = pictures[i % pictures.length]!;
      await doors.ended((await doors.vary(await doors.uploaded(bytes, type))).id);
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

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprintOf, jobId, seedFor, sha256 } from "../../../infra/jobs/identity.ts";
import type { JobRequest } from "../../../infra/jobs/job.ts";
import { generate } from "../../support/jobs/builders.ts";

const image = (key: string, sha = "s") => ({ key, sha256: sha });
const drawing = { size: 64, seed: 7, preset: "draft" } as const;
const vary = (key: string, sha?: string): JobRequest => ({
  kind: "variations",
  image: image(key, sha),
  strength: 0.5,
  count: 1,
  ...drawing,
});
const between = (...ends: Extract<JobRequest, { kind: "interpolate" }>["between"]): JobRequest => ({
  kind: "interpolate",
  between: ends,
  frames: 3,
  ...drawing,
});

describe("a job's id", () => {
  it("has 26 plain characters, is stable per owner and key, and new without a key", () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (owner, key) => {
        const id = jobId(owner, key);
        expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
        expect(jobId(owner, key) === id).toBe(key !== undefined);
      }),
    );
    // Clients keep ids: they must not change from one version to the next.
    expect(jobId("ada", "key-1")).toMatchInlineSnapshot(`"27rkf32sz12vxet67rrk4ahgwg"`);
  });

  it("differs for all owners and keys, wherever the text is split", () => {
    const pairs = [
      ["a", "bc"],
      ["ab", "c"],
      ["", "abc"],
      ["abc", ""],
      ["a", "1:bc"],
      ["a1:", "bc"],
    ] as const;
    expect(new Set(pairs.map(([owner, key]) => jobId(owner, key))).size).toBe(pairs.length);
    expect(new Set(Array.from({ length: 1000 }, () => jobId("a"))).size).toBe(1000);
  });

  it("uses all characters about equally often", () => {
    const seen = new Map<string, number>();
    for (let i = 0; i < 2_000; i++) for (const c of jobId("a", `${i}`)) seen.set(c, (seen.get(c) ?? 0) + 1);
    expect(seen.size).toBe(32);
    for (const times of seen.values()) expect(Math.abs(times / 1625 - 1)).toBeLessThan(0.15);
  });
});

describe("a seed", () => {
  it("is stable per owner and key, and valid for the engine", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (owner, key) => {
        const seed = seedFor(owner, key);
        expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
        expect(seedFor(owner, key)).toBe(seed);
      }),
    );
    expect(seedFor("ada", "key-1")).not.toBe(seedFor("bob", "key-1"));
  });
});

describe("a fingerprint", () => {
  it("ignores the order of fields and fields without a value", () => {
    const rest = { webhook: undefined, endSeconds: 5 };
    const turned = Object.fromEntries(Object.entries(generate()).reverse()) as JobRequest;
    expect(fingerprintOf(turned, rest)).toBe(fingerprintOf(generate({ steps: undefined }), { endSeconds: 5 }));
    expect(fingerprintOf(generate())).toMatch(/^[0-9a-f]{64}$/);
  });

  it("changes with every field of the request", () => {
    const requested = [
      fingerprintOf(generate()),
      fingerprintOf(generate({ prompt: "a red boat " })),
      fingerprintOf(generate({ count: 3 })),
      fingerprintOf(generate({ seed: 8 })),
      fingerprintOf(generate({ steps: 9 })),
      fingerprintOf(generate(), { webhook: "https://a.b" }),
      fingerprintOf(generate(), { bundle: "x" }),
      fingerprintOf(vary("k")),
    ];
    expect(new Set(requested).size).toBe(requested.length);
  });

  it("depends on a picture's content, not on its key", () => {
    expect(fingerprintOf(vary("a"))).toBe(fingerprintOf(vary("b")));
    expect(fingerprintOf(vary("a"))).not.toBe(fingerprintOf(vary("a", "t")));
    const [a, b, text] = [{ image: image("a") }, { image: image("b") }, { prompt: "s" }];
    expect(fingerprintOf(between(a, text))).toBe(fingerprintOf(between(b, text)));
    expect(fingerprintOf(between(a, text))).not.toBe(fingerprintOf(between(text, a)));
    const mixed = (key: string, sha?: string) => ({ ...vary("k"), mix: [{ image: image(key, sha), weight: 2 }] });
    expect(fingerprintOf(mixed("a"))).toBe(fingerprintOf(mixed("b")));
    expect(fingerprintOf(mixed("a"))).not.toBe(fingerprintOf(mixed("a", "t")));
    expect(fingerprintOf(mixed("a"))).not.toBe(fingerprintOf(vary("k")));
    // A caption that reads like a digest is no picture.
    expect(fingerprintOf(between(a, text))).not.toBe(fingerprintOf(between(text, text)));
  });
});

it("sha256 returns the hash of known vectors", () => {
  expect(sha256(Buffer.from("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

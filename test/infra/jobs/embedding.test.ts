import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cosine, toStoredEmbedding } from "../../../infra/jobs/embedding.ts";

const clip = "c";

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const exact = (a: Float32Array, b: Float32Array) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** Vectors of one width that are not zero, at any scale an embedding may have. */
const pair = fc.integer({ min: 1, max: 64 }).chain((dimensions) => {
  const value = fc.float({ noNaN: true, min: -1, max: 1 });
  const vector = fc.array(value, { minLength: dimensions, maxLength: dimensions }).map((all) => Float32Array.from(all));
  const some = vector.filter((v) => dot(v, v) > 1e-6);
  return fc.tuple(some, some, fc.constantFrom(1e-3, 1, 30));
});

describe("an embedding in a record", () => {
  it("preserves cosines as precisely as one byte per dimension allows", () => {
    fc.assert(
      fc.property(pair, ([picture, text, scale]) => {
        const stored = toStoredEmbedding({ clip, vector: picture.map((value) => value * scale) });
        const found = cosine(stored, { clip, vector: text })!;
        const largest = Math.max(...picture.map(Math.abs)) / Math.sqrt(dot(picture, picture));
        const turned = Math.asin(Math.min(1, (largest * Math.sqrt(picture.length)) / 254));
        expect(Math.abs(found - exact(picture, text))).toBeLessThanOrEqual(turned + 1e-6);
      }),
    );
  });

  it("is not compared with an embedding of another CLIP", () => {
    const vector = Float32Array.of(1, 2, 3);
    expect(cosine(toStoredEmbedding({ clip: "a", vector }), { clip: "b", vector })).toBeUndefined();
    expect(cosine(toStoredEmbedding({ clip: "a", vector }), { clip: "a", vector })).toBeCloseTo(1, 4);
  });

  it("takes one byte per dimension: the largest record holds sixty", () => {
    const vector = Float32Array.from({ length: 768 }, (_, i) => Math.sin(i));
    expect(toStoredEmbedding({ clip, vector }).direction).toHaveLength(1024);
  });
});

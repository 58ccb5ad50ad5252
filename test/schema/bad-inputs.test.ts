// Every field of every verb, wrong in each way it can be: each gets its named error, and nothing is stored.
import { beforeAll, describe, expect, test } from "vitest";
import { GENERATE, INTERPOLATE, MANIPULATE, Service, UPLOAD, VARIATIONS } from "./service.ts";

const service = new Service();
let image = "";
beforeAll(async () => {
  image = await service.upload();
});

const LONG = "x".repeat(1_001);
const INT = 2 ** 31;
const generate = (input: object) => [GENERATE, { prompt: "a boat", ...input }] as const;
const variations = (input: object) => [VARIATIONS, { image: "$image", ...input }] as const;
const interpolate = (input: object) =>
  [INTERPOLATE, { between: [{ prompt: "a" }, { prompt: "b" }], ...input }] as const;
const manipulate = (input: object) => [MANIPULATE, { image: "$image", to: "a dog", ...input }] as const;
const upload = (input: object) => [UPLOAD, { contentType: "image/png", bytes: 10, ...input }] as const;
type Asked = readonly [query: string, input: object];

/** [field of InvalidInput, request]: right for GraphQL, wrong for us. */
const INVALID: [string, Asked][] = [
  ["prompt", generate({ prompt: "" })],
  ["prompt", generate({ prompt: " \t\n\u00a0\u3000" })],
  ["prompt", generate({ prompt: LONG })],
  ["prompt", generate({ prompt: "👩‍👩‍👧‍👦".repeat(100) })],
  ["count", generate({ count: 0 })],
  ["count", generate({ count: -1 })],
  ["count", generate({ count: 17 })],
  ["count", generate({ count: INT - 1 })],
  ["seed", generate({ seed: -1 })],
  ["seed", generate({ seed: 2 ** 32 })],
  ["seed", generate({ seed: 1.5 })],
  ["seed", generate({ seed: 1e300 })],
  ["steps", generate({ steps: 1 })],
  ["steps", generate({ steps: 251 })],
  ["guidance", generate({ guidance: -0.1 })],
  ["guidance", generate({ guidance: 30.1 })],
  ["priorSteps", generate({ priorSteps: 1 })],
  ["priorSteps", generate({ priorSteps: 251 })],
  ["priorSteps", generate({ prior: "AUTOREGRESSIVE", priorSteps: 10 })],
  ["priorGuidance", generate({ priorGuidance: 1e9 })],
  ["draws", generate({ draws: 0 })],
  ["draws", generate({ draws: 17 })],
  ["count", generate({ count: 16, steps: 250, preset: "BEST" })],
  ["idempotencyKey", generate({ idempotencyKey: "" })],
  ["idempotencyKey", generate({ idempotencyKey: "k".repeat(201) })],
  ["startWithinSeconds", generate({ startWithinSeconds: 0 })],
  ["startWithinSeconds", generate({ startWithinSeconds: 86_401 })],
  ["startWithinSeconds", generate({ startWithinSeconds: 20, endWithinSeconds: 10 })],
  ["endWithinSeconds", generate({ endWithinSeconds: -5 })],
  ["endWithinSeconds", generate({ endWithinSeconds: INT - 1 })],
  ["webhook", generate({ webhook: "" })],
  ["webhook", generate({ webhook: "somewhere" })],
  ["webhook", generate({ webhook: "http://example.com/" })],
  ["webhook", generate({ webhook: "ftp://example.com/" })],
  ["webhook", generate({ webhook: "https://10.0.0.1/" })],
  ["webhook", generate({ webhook: "https://[::ffff:169.254.169.254]/" })],
  ["webhook", generate({ webhook: "https://user:secret@example.com/" })],
  ["webhook", generate({ webhook: `https://example.com/${"x".repeat(2_000)}` })],
  ["image", variations({ image: "" })],
  ["image", variations({ image: "../../uploads/bob/x" })],
  ["image", variations({ image: "11111111-1111-1111-1111-111111111111" })],
  ["image", variations({ image: 7 })],
  ["strength", variations({ strength: -0.01 })],
  ["strength", variations({ strength: 1.01 })],
  ["count", variations({ count: 17 })],
  ["steps", variations({ steps: 1_000 })],
  ["between", interpolate({ between: [] })],
  ["between", interpolate({ between: [{ prompt: "a" }] })],
  ["between", interpolate({ between: Array.from({ length: 9 }, () => ({ prompt: "a" })) })],
  ["between.1.prompt", interpolate({ between: [{ prompt: "a" }, { prompt: "" }] })],
  ["between.0.prompt", interpolate({ between: [{ prompt: LONG }, { prompt: "b" }] })],
  ["between.1.image", interpolate({ between: [{ prompt: "a" }, { image: "nothing" }] })],
  ["frames", interpolate({ frames: 1 })],
  ["frames", interpolate({ frames: 61 })],
  ["frames", interpolate({ frames: 60, steps: 250 })],
  ["priorSteps", interpolate({ prior: "AUTOREGRESSIVE", priorSteps: 10 })],
  ["to", manipulate({ to: "" })],
  ["to", manipulate({ to: LONG })],
  ["from", manipulate({ from: "" })],
  ["from", manipulate({ from: LONG })],
  ["amount", manipulate({ amount: -1 })],
  ["amount", manipulate({ amount: 1.5 })],
  ["frames", manipulate({ frames: 0 })],
  ["animate", manipulate({ frames: 1, animate: "GIF" })],
  ["contentType", upload({ contentType: "image/svg+xml" })],
  ["contentType", upload({ contentType: "IMAGE/PNG" })],
  ["contentType", upload({ contentType: "" })],
  ["bytes", upload({ bytes: 0 })],
  ["bytes", upload({ bytes: -1 })],
  ["bytes", upload({ bytes: 10_000_001 })],
];

/** Wrong for GraphQL already: the wrong type, a missing field, a field that is not there. */
const COERCION: [string, Asked][] = [
  ["prompt missing", [GENERATE, {}]],
  ["prompt null", generate({ prompt: null })],
  ["prompt a number", generate({ prompt: 7 })],
  ["prompt a list", generate({ prompt: ["a", "b"] })],
  ["count text", generate({ count: "2" })],
  ["count a fraction", generate({ count: 1.5 })],
  ["count past Int", generate({ count: INT })],
  ["size a number", generate({ size: 64 })],
  ["size unknown", generate({ size: "PX65" })],
  ["seed text", generate({ seed: "7" })],
  ["preset unknown", generate({ preset: "FAST" })],
  ["prior unknown", generate({ prior: "GAN" })],
  ["sampler unknown", generate({ sampler: "EULER" })],
  ["guidance text", generate({ guidance: "high" })],
  ["webhook an object", generate({ webhook: { url: "https://example.com" } })],
  ["a field that is not there", generate({ pormpt: "a" })],
  ["image missing", [VARIATIONS, { count: 1 }]],
  ["image an object", variations({ image: { id: "x" } })],
  ["between missing", [INTERPOLATE, {}]],
  ["between null inside", interpolate({ between: [null, { prompt: "a" }] })],
  ["between both", interpolate({ between: [{ prompt: "a", image: "b" }, { prompt: "a" }] })],
  ["between neither", interpolate({ between: [{}, { prompt: "a" }] })],
  ["animate unknown", interpolate({ animate: "MP4" })],
  ["to missing", [MANIPULATE, { image: "x" }]],
  ["bytes text", upload({ bytes: "10" })],
  ["contentType missing", [UPLOAD, { bytes: 10 }]],
];

const fill = (input: object) => JSON.parse(JSON.stringify(input), (_, value) => (value === "$image" ? image : value));
const show = (input: object) => JSON.stringify(input).slice(0, 80);

describe("a value out of bounds is told as data", () => {
  test.each(INVALID.map(([field, [query, input]]) => [field, show(input), query, input] as const))(
    "%s: %s",
    async (field, _, query, input) => {
      const answer = await service.get(query, { input: fill(input) });
      expect(answer).toMatchObject({ code: "INVALID_INPUT", field });
      expect(answer.message).toContain(field);
      expect(service.store.records.size).toBe(0);
    },
  );
});

describe("a value of the wrong type is told by GraphQL", () => {
  test.each(COERCION)("%s", async (_, [query, input]) => {
    const { data, errors, headers } = await service.ask(query, { input: fill(input) });
    expect(data ?? null).toBeNull();
    expect(errors![0]!.extensions).toMatchObject({ code: "BAD_USER_INPUT", requestId: headers.get("x-request-id") });
    expect(service.store.records.size).toBe(0);
    expect(service.logged).toEqual([]);
  });
});

test("text of any script is a prompt, and comes back as it was", async () => {
  const prompts = ["日本の船", "🚢".repeat(500), "a\u0000b", "\ud800", "Z͑ͫ̓ͪ̂ͫ̽͏", "'; DROP TABLE jobs; --", "‮abc"];
  for (const prompt of prompts) {
    const id = await service.job({ prompt, count: 1 });
    expect(service.store.records.get(id)!.request).toMatchObject({ prompt });
  }
});

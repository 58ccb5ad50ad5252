import { beforeEach, describe, expect, test } from "vitest";
import { uploadKey } from "../../../infra/jobs/keys.ts";
import { CANCEL, INTERPOLATE, MANIPULATE, RECONSTRUCT, Service, VARIATIONS } from "../../support/schema/service.ts";

let service: Service;
beforeEach(() => {
  service = new Service();
});

const record = (id: string) => service.store.records.get(id)!;

describe("a drawing mutation creates a job", () => {
  test("for generate with every option", async () => {
    const input = { sampler: "DPM_SOLVER_PP", seed: 4_294_967_295, preset: "BEST", steps: 20, guidance: 4.5 };
    const prior = { prior: "DIFFUSION", priorSteps: 10, priorGuidance: 2, priorSamples: 3, literal: true };
    const answer = await service.generate({ ...input, ...prior });
    const request = { size: 64, seed: 4_294_967_295, preset: "BEST", steps: 20, guidance: 4.5 };
    expect(answer).toMatchObject({ __typename: "Job", kind: "GENERATE", status: "QUEUED", pictureCount: 2, request });
    expect(record(answer.id).request).toMatchObject({
      kind: "generate",
      prompt: "a red boat",
      sampler: "dpm-solver++",
      prior: "diffusion",
      priorSteps: 10,
      priorGuidance: 2,
      priorSamples: 3,
      literal: true,
    });
  });

  test("for generate with only a prompt, and null for omitted options", async () => {
    const { id, request } = await service.generate({ count: null, size: null, seed: null, webhook: null });
    expect(request).toMatchObject({ size: 256, preset: "STANDARD", steps: null, guidance: null });
    expect(record(id)).toMatchObject({ pictures: 1, webhook: undefined });
  });

  test("for variations", async () => {
    const input = { image: await service.upload(), strength: 0.2, count: 3 };
    const { id, kind } = await service.get(VARIATIONS, { input });
    expect(kind).toBe("VARIATIONS");
    expect(record(id)).toMatchObject({
      pictures: 3,
      request: { strength: 0.2, image: { key: `uploads/ada/${input.image}` } },
    });
  });

  test("for interpolate through pictures and captions", async () => {
    const image = await service.upload();
    const input = { between: [{ prompt: "a boat" }, { image }, { prompt: "a car" }], frames: 5, animate: "GIF" };
    const { id, kind } = await service.get(INTERPOLATE, { input });
    expect(kind).toBe("INTERPOLATE");
    const stored = { key: `uploads/ada/${image}`, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    const between = [{ prompt: "a boat" }, { image: stored }, { prompt: "a car" }];
    expect(record(id)).toMatchObject({ pictures: 5, request: { between, animate: "gif" } });
  });

  test("for manipulate", async () => {
    const input = {
      image: await service.upload(),
      from: "a cat",
      to: "a dog",
      amount: 0.4,
      frames: 4,
      animate: "WEBP",
    };
    const { id, kind } = await service.get(MANIPULATE, { input });
    expect(kind).toBe("MANIPULATE");
    expect(record(id)).toMatchObject({
      pictures: 4,
      request: { from: "a cat", to: "a dog", amount: 0.4, animate: "webp" },
    });
  });

  test("for reconstruct", async () => {
    const image = await service.upload();
    const { id, kind } = await service.get(RECONSTRUCT, { input: { image, dimensions: [1, 3] } });
    expect(kind).toBe("RECONSTRUCT");
    expect(record(id)).toMatchObject({
      pictures: 2,
      request: { kind: "reconstruct", dimensions: [1, 3], image: { key: `uploads/ada/${image}` } },
    });
    const query =
      "query ($id: ID!) { job(id: $id) { request { ... on ReconstructRequest { dimensions image { url } } } } }";
    const { request } = await service.get(query, { id });
    expect(request).toMatchObject({ dimensions: [1, 3], image: { url: expect.stringContaining(image) } });
  });
});

describe("an idempotency key", () => {
  test("returns the original job, with its seed", async () => {
    const first = await service.generate({ idempotencyKey: "k" });
    expect(await service.generate({ idempotencyKey: "k" })).toEqual(first);
    expect(service.store.records.size).toBe(1);
  });

  test("is scoped to its owner", async () => {
    expect(await service.job({ idempotencyKey: "k" })).not.toBe(await service.job({ idempotencyKey: "k" }, "bob"));
  });

  test("conflicts when used for a different request", async () => {
    const id = await service.job({ idempotencyKey: "k" });
    const answer = await service.generate({ idempotencyKey: "k", prompt: "a blue boat" });
    expect(answer).toMatchObject({
      __typename: "IdempotencyConflict",
      code: "IDEMPOTENCY_CONFLICT",
      retryable: false,
      job: { id },
    });
  });

  test("creates one job from concurrent requests", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.job({ idempotencyKey: "k" })));
    expect(new Set(answers).size).toBe(1);
  });

  test("treats the same file in another upload as the same request", async () => {
    const input = async () => ({ image: await service.upload(), idempotencyKey: "k" });
    const first = await service.get(VARIATIONS, { input: await input() });
    expect(await service.get(VARIATIONS, { input: await input() })).toEqual(first);
  });

  test("finds its job after the upload has expired or was replaced", async () => {
    const [image, other] = [await service.upload(), await service.upload()];
    const requests = [
      [VARIATIONS, { image, idempotencyKey: "a" }],
      [INTERPOLATE, { between: [{ prompt: "a" }, { image }], frames: 2, idempotencyKey: "b" }],
      [MANIPULATE, { image, to: "a dog", idempotencyKey: "c" }],
      [RECONSTRUCT, { image, dimensions: [1], idempotencyKey: "e" }],
    ] as const;
    const ids = [];
    for (const [query, input] of requests) ids.push((await service.get(query, { input })).id);
    await service.blobs.put(uploadKey("ada", image), { bytes: new Uint8Array([1]), contentType: "image/png" });
    for (const [i, [query, input]] of requests.entries()) expect((await service.get(query, { input })).id).toBe(ids[i]);
    await service.blobs.remove(uploadKey("ada", image));
    for (const [i, [query, input]] of requests.entries()) expect((await service.get(query, { input })).id).toBe(ids[i]);
    const [query, input] = requests[0];
    expect(await service.get(query, { input: { ...input, strength: 1 } })).toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
    // A job with another image, or another or no key, does not replace an upload that was deleted.
    await service.blobs.remove(uploadKey("ada", other));
    for (const change of [{ image: other }, { idempotencyKey: "d" }, { idempotencyKey: undefined }]) {
      const answer = await service.get(query, { input: { ...input, ...change } });
      expect(answer).toMatchObject({ code: "INVALID_INPUT", field: "image" });
    }
    expect(await service.get(query, { input }, "bob")).toMatchObject({ code: "INVALID_INPUT", field: "image" });
  });

  test("that is missing creates another job, with another seed", async () => {
    const [a, b] = [await service.generate(), await service.generate()];
    expect(a.id).not.toBe(b.id);
    expect(a.request.seed).not.toBe(b.request.seed);
  });
});

describe("the quota", () => {
  test("counts pictures in flight, and accepts jobs again when they are finished", async () => {
    const first = await service.job({ count: 16 });
    const refused = {
      __typename: "QuotaExceeded",
      code: "QUOTA_EXCEEDED",
      retryable: true,
      quota: 20,
      picturesInFlight: 16,
    };
    expect(await service.generate({ count: 5 })).toMatchObject(refused);
    expect(await service.generate({ count: 4 })).toMatchObject({ __typename: "Job" });
    await service.draw(first);
    expect(await service.generate({ count: 16 })).toMatchObject({ __typename: "Job" });
  });

  test("is separate for each owner", async () => {
    await service.job({ count: 16 });
    expect(await service.generate({ count: 16 }, "bob")).toMatchObject({ __typename: "Job" });
  });

  test("is shared by concurrent mutations", async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => service.generate({ count: 4 })));
    expect(all.filter(({ __typename }) => __typename === "Job")).toHaveLength(5);
  });
});

test("deadlines count from acceptance, and a given one moves the default of the other", async () => {
  const spans = async (input: object) => {
    const { startBy, endBy, createdAt } = record(await service.job({ count: 1, ...input }));
    return [(startBy - createdAt) / 1000, (endBy - createdAt) / 1000];
  };
  expect(await spans({})).toEqual([3_600, 7_200]);
  expect(await spans({ startWithinSeconds: 60, endWithinSeconds: 120 })).toEqual([60, 120]);
  expect(await spans({ endWithinSeconds: 60 })).toEqual([60, 60]);
  expect(await spans({ startWithinSeconds: 10_000 })).toEqual([10_000, 10_000]);
});

test("a content hook can refuse any prompt of a request, and the error names its field", async () => {
  const prompt = async (text: string) => (text.includes("bad") ? "Not that." : undefined);
  service = new Service({ content: { prompt } });
  const image = await service.upload();
  const rejected = (field: string) => ({
    __typename: "ContentRejected",
    code: "CONTENT_REJECTED",
    message: "Not that.",
    field,
  });
  expect(await service.generate({ prompt: "bad" })).toMatchObject(rejected("prompt"));
  const between = [{ image }, { prompt: "good" }, { prompt: "bad" }];
  expect(await service.get(INTERPOLATE, { input: { between } })).toMatchObject(rejected("between.2.prompt"));
  expect(await service.get(MANIPULATE, { input: { image, to: "bad" } })).toMatchObject(rejected("to"));
  expect(await service.get(MANIPULATE, { input: { image, from: "bad", to: "ok" } })).toMatchObject(rejected("from"));
  const mix = [{ image }, { prompt: "bad" }];
  expect(await service.get(VARIATIONS, { input: { image, mix } })).toMatchObject(rejected("mix.1.prompt"));
  expect(await service.generate({ negativePrompt: "bad" })).toMatchObject(rejected("negativePrompt"));
  expect(await service.get(VARIATIONS, { input: { image } })).toMatchObject({ __typename: "Job" });
  expect(await service.generate()).toMatchObject({ __typename: "Job" });
});

describe("cancel", () => {
  test("ends a job, and changes nothing when repeated", async () => {
    const id = await service.job();
    const neighbour = await service.job();
    for (const _ of [1, 2]) {
      expect(await service.get(CANCEL, { id })).toEqual({ __typename: "Job", id, status: "CANCELED" });
    }
    expect(record(neighbour).status).toBe("QUEUED");
  });

  test("does not change a job that has ended", async () => {
    const id = await service.job();
    await service.draw(id);
    expect(await service.get(CANCEL, { id })).toMatchObject({ status: "SUCCEEDED" });
  });

  test("returns NotFound for unknown jobs and for other owners' jobs", async () => {
    const id = await service.job();
    const missing = { __typename: "NotFound", code: "NOT_FOUND" };
    expect(await service.get(CANCEL, { id: "nothing" })).toEqual(missing);
    expect(await service.get(CANCEL, { id }, "bob")).toEqual(missing);
    expect(record(id).status).toBe("QUEUED");
  });
});

test("a webhook may target the service's own machine only if the policy allows it", async () => {
  const webhook = "http://localhost:3000/hook";
  const refused = { code: "INVALID_INPUT", field: "webhook" };
  expect(await new Service().generate({ webhook })).toMatchObject(refused);
  expect(await new Service({ policy: { webhookNetworks: "public" } }).generate({ webhook })).toMatchObject(refused);
  const own = new Service({ policy: { webhookNetworks: "loopback" } });
  expect(await own.generate({ webhook })).toMatchObject({ __typename: "Job" });
});

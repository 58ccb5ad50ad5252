import { beforeEach, describe, expect, test } from "vitest";
import type { Failure } from "../../../infra/jobs/job.ts";
import { CANCEL, picture, Service, VARIATIONS } from "../../support/schema/service.ts";

let service: Service;
beforeEach(() => {
  service = new Service();
});

const JOB = `query ($id: ID!) { job(id: $id) {
  id kind status provisioning attempt pictureCount createdAt updatedAt startedAt endedAt startBy endBy
  pictures { index size seed score url urlExpiresAt } sheet { url } animation { url urlExpiresAt }
  progress { seq stage step steps pictureIndex pictureCount preview { url } }
  failure { code message retryable } warnings { code message } timings { stage milliseconds }
  webhook { url state tries nextAt lastStatus lastError }
} }`;

describe("the query job returns a job", () => {
  test("that waits", async () => {
    const id = await service.job({ webhook: "https://example.com/hook" });
    const job = await service.get(JOB, { id });
    expect(job).toMatchObject({ id, kind: "GENERATE", status: "QUEUED", attempt: 0, pictureCount: 2, pictures: [] });
    expect(job).toMatchObject({ startedAt: null, endedAt: null, progress: null, failure: null, sheet: null });
    expect(job.webhook).toMatchObject({ url: "https://example.com/hook", state: "WAITING", tries: 0 });
    expect(job.createdAt).toMatch(/^2026-11-24T00:00:\d\d\.000Z$/);
    await service.jobs.provisioning(id);
    expect(await service.get(JOB, { id })).toMatchObject({ provisioning: true });
  });

  test("that runs", async () => {
    const id = await service.job();
    const attempt = await service.attempt(id);
    const news = { stage: "decoder", picture: 1, pictures: 2, step: 3, steps: 8, preview: `previews/${id}/1.png` };
    await attempt.progress(news);
    await attempt.addPicture(picture(id, 0));
    const job = await service.get(JOB, { id });
    expect(job).toMatchObject({ status: "RUNNING", attempt: 1 });
    expect(job.progress).toMatchObject({ stage: "decoder", step: 3, steps: 8, pictureIndex: 1, pictureCount: 2 });
    expect(job.progress.preview.url).toContain(`previews/${id}/1.png`);
    expect(job.pictures).toMatchObject([{ index: 0, size: 64, seed: 7, score: 0.3 }]);
    await attempt.release();
    await service.attempt(id);
    expect(await service.get(JOB, { id })).toMatchObject({ attempt: 2, progress: null });
  });

  test("that succeeded, with URLs signed by the query", async () => {
    const id = await service.job({ count: 1 });
    const attempt = await service.attempt(id);
    await attempt.succeed([picture(id, 0)], {
      sheet: `pictures/${id}/sheet.png`,
      animation: { key: `pictures/${id}/animation.webp`, format: "webp" },
      warnings: [{ code: "CAPTION_CUT", message: "too long" }],
      timings: [{ stage: "decoder", milliseconds: 12.5 }],
    });
    const first = await service.get(JOB, { id });
    expect(first).toMatchObject({ status: "SUCCEEDED", warnings: [{ code: "CAPTION_CUT" }], progress: null });
    expect(first.animation.url).toContain("animation.webp");
    expect(first.timings).toEqual([{ stage: "decoder", milliseconds: 12.5 }]);
    const [one] = first.pictures;
    expect(Date.parse(one.urlExpiresAt)).toBe(Number(new URL(one.url).searchParams.get("expires")));
    const [again] = (await service.get(JOB, { id })).pictures;
    expect(Date.parse(again.urlExpiresAt)).toBeGreaterThan(Date.parse(one.urlExpiresAt));
  });

  test("that failed, with its failure", async () => {
    const failure: Failure = { code: "INVALID_PICTURE", message: "no picture", retryable: false };
    const id = await service.job();
    await (await service.attempt(id)).fail(failure);
    expect(await service.get(JOB, { id })).toMatchObject({ status: "FAILED", failure });
  });

  test("with its request, whose pictures are URLs", async () => {
    const image = await service.upload();
    const { id } = await service.get(VARIATIONS, { input: { image, seed: 5 } });
    const query = `query ($id: ID!) { job(id: $id) { request {
      __typename seed ... on VariationsRequest { strength count image { url } } } } }`;
    const { request } = await service.get(query, { id });
    expect(request).toMatchObject({ __typename: "VariationsRequest", seed: 5, strength: 0.5, count: 1 });
    expect(request.image.url).toContain(`uploads/ada/${image}`);
  });

  test("with its events, for polling", async () => {
    const id = await service.job();
    await service.draw(id);
    const query = `query ($id: ID!, $after: Int! = 0, $first: Int! = 100) {
      job(id: $id) { events(after: $after, first: $first) { seq __typename } } }`;
    const eventsOf = async (variables: object) => (await service.get(query, { id, ...variables })).events;
    const all = await eventsOf({});
    expect(all).toEqual([
      { seq: 1, __typename: "Queued" },
      { seq: 2, __typename: "Started" },
      { seq: 3, __typename: "PictureReady" },
      { seq: 4, __typename: "PictureReady" },
      { seq: 5, __typename: "Succeeded" },
    ]);
    expect(await eventsOf({ after: 2, first: 2 })).toEqual(all.slice(2, 4));
    expect(await eventsOf({ after: 99 })).toEqual([]);
    expect(await eventsOf({ first: 0 })).toEqual([]);
    for (const variables of [{ after: -1 }, { first: -1 }, { first: 501 }]) {
      const { errors } = await service.ask(query, { id, ...variables });
      expect(errors![0]!.extensions).toMatchObject({ code: "BAD_USER_INPUT" });
    }
  });
});

describe("the query jobs", () => {
  const JOBS = `query (
    $first: Int, $after: String, $last: Int, $before: String, $status: [JobStatus!], $kind: [JobKind!], $starred: Boolean
  ) {
    jobs(
      first: $first, after: $after, last: $last, before: $before, status: $status, kind: $kind, starred: $starred
    ) {
      edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

  test("pages through all jobs, newest first, each once", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.unshift(await service.job({ count: 1 }));
    await service.job({}, "bob");
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { edges, nodes, pageInfo } = await service.get(JOBS, { first: 3, after });
      expect(nodes).toEqual(edges.map(({ node }: { node: object }) => node));
      expect(pageInfo).toMatchObject({ startCursor: edges[0].cursor, endCursor: edges.at(-1).cursor });
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...nodes.map(({ id }: { id: string }) => id));
      sizes.push(nodes.length);
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
      // A job created meanwhile belongs before the first page.
      if (sizes.length === 1) await service.job({ count: 1 });
    }
    expect(seen).toEqual(ids);
    expect(sizes).toEqual([3, 3, 1]);
  });

  test("filters by status", async () => {
    const [a, b] = [await service.job(), await service.job()];
    await service.get(CANCEL, { id: a });
    expect((await service.get(JOBS, { status: ["CANCELED"] })).nodes).toEqual([{ id: a }]);
    expect((await service.get(JOBS, { status: ["QUEUED", "RUNNING"] })).nodes).toEqual([{ id: b }]);
    expect((await service.get(JOBS, { status: [] })).nodes).toHaveLength(2);
  });

  test("is empty for an owner without jobs", async () => {
    const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
    expect(await service.get(JOBS)).toEqual({ edges: [], nodes: [], pageInfo });
  });

  test("pages back to the newest job, in the same order", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await service.job({ count: 1 }));
    const seen: string[][] = [];
    for (let before: string | null = null, more = true; more; ) {
      const { nodes, pageInfo } = await service.get(JOBS, { first: null, last: 2, before });
      seen.unshift(nodes.map(({ id }: { id: string }) => id));
      expect(pageInfo.hasNextPage).toBe(before !== null);
      [before, more] = [pageInfo.startCursor, pageInfo.hasPreviousPage];
    }
    expect(seen).toEqual([[ids[0]], ids.slice(1, 3), ids.slice(3)]);
    const { edges } = await service.get(JOBS);
    const between = await service.get(JOBS, { after: edges[0].cursor, before: edges[4].cursor });
    expect(between.nodes.map(({ id }: { id: string }) => id)).toEqual(ids.slice(1, 4));
  });

  test("takes what Relay's clients send: null for nothing, an empty cursor, a page of no jobs", async () => {
    const id = await service.job();
    const nothing = { first: null, after: null, last: null, before: null, status: null, kind: null, starred: null };
    expect((await service.get(JOBS, nothing)).nodes).toEqual([{ id }]);
    expect((await service.get(JOBS, { after: "", before: "" })).nodes).toEqual([{ id }]);
    expect(await service.get(JOBS, { first: 0 })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: true } });
    expect(await service.get(JOBS, { last: 0 })).toMatchObject({ nodes: [], pageInfo: { hasPreviousPage: true } });
  });

  test("filters by mutation and by stars", async () => {
    const image = await service.upload();
    const [drawn, other] = [await service.job(), await service.job()];
    const { id: varied } = await service.get(VARIATIONS, { input: { image } });
    await service.draw(drawn);
    await service.get("mutation ($id: ID!) { setStarred(id: $id, starred: true) { __typename } }", {
      id: `${drawn}-1`,
    });
    const found = async (filter: object) =>
      (await service.get(JOBS, filter)).nodes.map((job: { id: string }) => job.id);
    expect(await found({ kind: ["VARIATIONS"] })).toEqual([varied]);
    expect(await found({ kind: ["GENERATE", "MANIPULATE"] })).toEqual([other, drawn]);
    expect(await found({ starred: true })).toEqual([drawn]);
    expect(await found({ starred: false })).toEqual([varied, other]);
    expect(await found({ starred: true, kind: ["VARIATIONS"] })).toEqual([]);
    expect(await found({ starred: true, status: ["SUCCEEDED"] })).toEqual([drawn]);
  });

  test.each([
    { first: -1 },
    { first: 101 },
    { last: 101 },
    { first: 1, last: 1 },
    { after: "%%%" },
    { before: "MTIzNDU" },
  ])("refuses %j", async (variables) => {
    const { errors } = await service.ask(JOBS, variables);
    expect(errors![0]!.extensions).toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

test("the queries models and viewer return the service's models and the caller's quota", async () => {
  const presetOf = (steps: number, samples: number) => ({
    inversionSteps: 2 * steps,
    priors: [
      { name: "DIFFUSION", steps, samples },
      { name: "AUTOREGRESSIVE", steps: 8, samples },
    ],
    upsamplers: [{ size: 256, steps: 4 }],
  });
  service = new Service({ webhookSecret: (owner) => `whsec_${owner}` });
  await service.job({ count: 3 });
  const { data } = await service.ask(`{
    models { name sizes defaultSize priors scenes attributes { name values { name phrase } } words bytes presets { name steps inversionSteps priors { name steps samples } upsamplers { size steps } } }
    viewer { owner quota picturesInFlight webhookSecret }
  }`);
  expect(data.models).toEqual([
    {
      name: "picto",
      sizes: [64, 256],
      defaultSize: 256,
      priors: ["DIFFUSION", "AUTOREGRESSIVE"],
      presets: [
        { name: "DRAFT", steps: 8, ...presetOf(8, 1) },
        { name: "STANDARD", steps: 16, ...presetOf(16, 8) },
        { name: "BEST", steps: 40, ...presetOf(40, 8) },
      ],
      scenes: false,
      attributes: [{ name: "style", values: [{ name: "flat", phrase: "in flat style" }] }],
      words: null,
      bytes: 5e9,
    },
  ]);
  expect(data.viewer).toEqual({ owner: "ada", quota: 20, picturesInFlight: 3, webhookSecret: "whsec_ada" });
});

test("no query or mutation gives access to another owner's job", async () => {
  const id = await service.job({ idempotencyKey: "k" });
  const { data } = await service.ask(
    "query ($id: ID!) { job(id: $id) { id } node(id: $id) { id } jobs { nodes { id } } viewer { picturesInFlight } }",
    { id },
    "bob",
  );
  expect(data).toEqual({ job: null, node: null, jobs: { nodes: [] }, viewer: { picturesInFlight: 0 } });
  const own = await service.get("query ($id: ID!) { node(id: $id) { __typename id } }", { id });
  expect(own).toEqual({ __typename: "Job", id });
});

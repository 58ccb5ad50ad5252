// The API over the ports in memory: what the tests of schema/ ask, and a worker whose every move they make themselves.
import type { Attempt } from "../../../infra/jobs/attempt.ts";
import { type Embedding, toStoredEmbedding } from "../../../infra/jobs/embedding.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { uploadKey } from "../../../infra/jobs/keys.ts";
import { CAPABILITIES } from "../../../models/request.ts";
import { type Api, type ApiOptions, createApi } from "../../../schema/index.ts";
import { MemoryBlobs, MemoryQueue, MemoryStore } from "../jobs/in-memory-adapters.ts";
import { MODEL_PRESETS } from "../models/model-presets.ts";

export const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);

// biome-ignore lint/suspicious/noExplicitAny: the type depends on the query.
export type Answer = any;
type GraphQLResponse = {
  readonly message: string;
  readonly path?: unknown[];
  readonly extensions: Record<string, unknown>;
};
type ParsedResponse = { status: number; data: Answer; errors: GraphQLResponse[] | undefined; headers: Headers };

export const MODEL = {
  name: "picto",
  version: "1.0.0",
  licence: "Apache-2.0",
  attribution: "us",
  clip: "clip",
  dimensions: 3,
  contextLength: 32,
  sizes: [64, 256],
  defaultSize: 256,
  priors: ["diffusion", "autoregressive"],
  capabilities: CAPABILITIES,
  presets: MODEL_PRESETS,
  scenes: false,
  attributes: [{ name: "style", values: [{ name: "flat", phrase: "in flat style" }] }],
  bytes: 5_000_000_000,
} as const;

/** The space of a CLIP that knows three words. */
export function embedding(text: string, clip = MODEL.clip as string): Embedding {
  return { clip, vector: Float32Array.from(["apple", "frog", "red"], (word) => (text.includes(word) ? 1 : 0.1)) };
}

export class Service {
  /** Advances by a second with each read, so that progress is never reported too often. Tests may set it. */
  now = Date.UTC(2026, 10, 24);
  readonly clock = { now: () => (this.now += 1_000) };
  readonly store = new MemoryStore();
  readonly blobs = new MemoryBlobs(this.clock);
  readonly queue = new MemoryQueue(this.clock);
  readonly jobs = new Jobs({ store: this.store, queue: this.queue, clock: this.clock });
  /** What the pictures among the blobs show, by key, for the embedder. */
  readonly shown = new Map<string, string>();
  readonly logged: { error: unknown; requestId: string }[] = [];
  readonly api: Api;

  constructor(options: Partial<ApiOptions> = {}) {
    this.api = createApi({
      jobs: this.jobs,
      queue: this.queue,
      blobs: this.blobs,
      models: [MODEL],
      embedder: {
        embed: async (item) => embedding("prompt" in item ? item.prompt : (this.shown.get(item.image.key) ?? "")),
      },
      authenticate: async (headers) => {
        const owner = /^Bearer (ada|bob)$/.exec(headers.get("authorization") ?? "")?.[1];
        return owner === undefined ? undefined : { owner, quota: 20 };
      },
      introspection: true,
      graphiql: true,
      log: (error, { requestId }) => this.logged.push({ error, requestId }),
      ...options,
    });
  }

  /** Sends a body as it is. The caller is "ada" unless `headers` name another. */
  async fetch(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const sent = { "content-type": "application/json", authorization: "Bearer ada", ...headers };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.api.yoga.fetch("http://unclip.test/graphql", { method: "POST", headers: sent, body: text });
  }

  async ask(query: string, variables: object = {}, as = "ada"): Promise<ParsedResponse> {
    const response = await this.fetch({ query, variables }, { authorization: `Bearer ${as}` });
    const { data, errors } = (await response.json()) as Answer;
    return { status: response.status, data, errors, headers: response.headers };
  }

  /** The one root field's value of an answer that must have no errors. */
  async get(query: string, variables: object = {}, as = "ada"): Promise<Answer> {
    const { data, errors } = await this.ask(query, variables, as);
    if (errors) throw new Error(JSON.stringify(errors));
    return Object.values(data)[0];
  }

  generate(input: object = {}, as = "ada"): Promise<Answer> {
    return this.get(GENERATE, { input: { prompt: "a red boat", count: 2, size: 64, ...input } }, as);
  }

  /** The id of a job that was accepted. */
  async job(input: object = {}, as = "ada"): Promise<string> {
    return (await this.generate(input, as)).id;
  }

  async attempt(id: string): Promise<Attempt> {
    const leased = await this.jobs.lease(id, "w");
    if (leased.type !== "LEASED") throw new Error(leased.type);
    return leased.attempt;
  }

  /** Draws all pictures of a job. `shown` has the embedding of each picture. */
  async draw(id: string, shown: readonly Embedding[] = []): Promise<void> {
    const attempt = await this.attempt(id);
    const { pictures } = attempt.job;
    for (let index = 0; index < pictures; index++) {
      const seen = shown[index];
      await attempt.addPicture({ ...picture(id, index), embedding: seen && toStoredEmbedding(seen) });
    }
    await attempt.succeed(attempt.job.drawn, { warnings: [], timings: [] });
  }

  /** An upload whose file was sent. */
  async upload(bytes = PNG, contentType = "image/png", as = "ada"): Promise<string> {
    const { uploadId: id } = await this.get(UPLOAD, { input: { contentType, bytes: Math.max(1, bytes.length) } }, as);
    await this.blobs.put(uploadKey(as, id), { bytes, contentType });
    return id;
  }
}

export const picture = (id: string, index: number) => {
  return { index, key: `pictures/${id}/${index}.png`, size: 64, seed: 7 + index, score: 0.3 };
};

const RESULT = `
  __typename
  ... on Job { id kind status pictureCount request { size seed preset steps guidance } }
  ... on Error { code message retryable }
  ... on InvalidInput { field }
  ... on ContentRejected { field }
  ... on QuotaExceeded { quota picturesInFlight }
  ... on IdempotencyConflict { job { id } }`;
const verb = (name: string) => {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  return `mutation ($input: ${type}!) { ${name}(input: $input) { ${RESULT} } }`;
};

export const GENERATE = verb("generate");
export const VARIATIONS = verb("variations");
export const INTERPOLATE = verb("interpolate");
export const MANIPULATE = verb("manipulate");
export const RECONSTRUCT = verb("reconstruct");
export const CANCEL =
  "mutation ($id: ID!) { cancel(id: $id) { __typename ... on Job { id status } ... on Error { code } } }";
export const UPLOAD = `mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
  __typename ... on UploadForm { uploadId url fields { name value } expiresAt } ... on InvalidInput { code field message }
} }`;

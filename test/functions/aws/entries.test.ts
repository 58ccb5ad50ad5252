// The entries as Lambda loads them: settings from the environment, clients of their own, one deployment on moto.
import type { Writable } from "node:stream";
import { PassThrough } from "node:stream";
import type { APIGatewayProxyStructuredResultV2, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { STREAM_PATH } from "../../../functions/aws/http.ts";
import { mintKey } from "../../../infra/auth/api-keys.ts";
import { awsKeyStore } from "../../../infra/aws/key-store.ts";
import { awsQueue } from "../../../infra/aws/queue.ts";
import type { Queue } from "../../../infra/ports.ts";
import { openFront } from "../../support/aws/cloudfront-edge.ts";
import {
  contextWith,
  functionUrlEvent,
  type HttpEventOptions,
  httpEvent,
  sqsRecord,
} from "../../support/aws/lambda-events.ts";
import { CREDENTIALS } from "../../support/aws/moto-clients.ts";
import { dynamo, moto, newBucket, newQueue, newTable, onMoto, sqs } from "../../support/aws/moto-resources.ts";
import { MODEL_PRESETS } from "../../support/models/model-presets.ts";

const MODEL = {
  name: "tiny",
  version: "1.0.0",
  licence: "Apache-2.0",
  attribution: "us",
  clip: "clip",
  dimensions: 16,
  contextLength: 16,
  sizes: [64, 256, 1024],
  defaultSize: 256,
  priors: ["diffusion"],
  capabilities: [],
  presets: MODEL_PRESETS,
  scenes: false,
  attributes: [],
  bytes: 1_000_000,
};
const { key, secret } = mintKey({ name: "app", owner: "ada", quota: 9 }, 0);
const authorization = `Bearer ${secret}`;

type Handler = (event: unknown, context: unknown) => Promise<unknown>;
const entry = async (name: string) =>
  ((await import(`../../../functions/aws/${name}.ts`)) as { handler: Handler }).handler;

onMoto("the entries", () => {
  let jobs: Queue;
  let webhooks: Queue;
  let front: Awaited<ReturnType<typeof openFront>>;

  beforeAll(async () => {
    const [table, queue, webhookQueue, bucket] = await Promise.all([newTable(), newQueue(), newQueue(), newBucket()]);
    front = await openFront("unclip-entries", bucket);
    jobs = awsQueue(sqs, queue);
    webhooks = awsQueue(sqs, webhookQueue);
    await awsKeyStore(dynamo, table).add(key);
    const environment = {
      AWS_ENDPOINT_URL: moto!,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      UNCLIP_TABLE: table,
      UNCLIP_BUCKET: bucket,
      UNCLIP_QUEUE: queue,
      UNCLIP_WEBHOOK_QUEUE: webhookQueue,
      ...front.environment,
      UNCLIP_EMBEDDER: "unclip-embed",
      UNCLIP_MODEL: JSON.stringify(MODEL),
      UNCLIP_BUNDLE: "test/bundles/tiny",
      UNCLIP_INTROSPECTION: "on",
      UNCLIP_LOG: "silent",
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    // The globals of Lambda's runtime.
    const from = (out: Writable) => out;
    vi.stubGlobal("awslambda", { streamifyResponse: (handler: unknown) => handler, HttpResponseStream: { from } });
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
  });

  const runQuery = async (requests: HttpEventOptions) => {
    const handler = await entry("graphql");
    const event = httpEvent({ ...requests, headers: { authorization } });
    const { statusCode, body } = (await handler(event, contextWith())) as APIGatewayProxyStructuredResultV2;
    const { data, errors } = JSON.parse(body!);
    expect({ statusCode, errors }).toEqual({ statusCode: 200, errors: undefined });
    return data;
  };
  const submit = async (more = ""): Promise<string> => {
    const input = `prompt: "a red apple", size: 64, preset: DRAFT, count: 2${more}`;
    return (await runQuery({ query: `mutation { generate(input: { ${input} }) { ... on Job { id } } }` })).generate.id;
  };
  const job = async (id: string) =>
    (await runQuery({ query: `{ job(id: "${id}") { status failure { code } pictures { url } webhook { state } } }` }))
      .job;

  /** Takes what is in the queue, as an event source does; returns what was not done with. */
  const bring = async (queue: Queue, name: string): Promise<readonly string[]> => {
    const messages = await queue.receive({ max: 10, waitSeconds: 1, visibilitySeconds: 60 });
    const event: SQSEvent = {
      Records: messages.map(({ job, handle, deliveries }) => sqsRecord(JSON.stringify(job), { handle, deliveries })),
    };
    const handler = await entry(name);
    const { batchItemFailures } = (await handler(event, contextWith())) as SQSBatchResponse;
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = event.Records.filter(({ messageId }) => !failed.has(messageId));
    await Promise.all(done.map(({ receiptHandle }) => queue.acknowledge(receiptHandle)));
    return messages.map(({ job }) => job.id);
  };

  test("lead from a mutation to pictures that their URLs open, and stream the events", async () => {
    const id = await submit();
    expect(await bring(jobs, "worker")).toEqual([id]);
    const { status, pictures } = await job(id);
    expect(status).toBe("SUCCEEDED");
    for (const { url } of pictures) {
      const response = await front.open(url);
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
    }
    const out = new PassThrough();
    const handler = (await entry("stream")) as unknown as (...args: unknown[]) => Promise<void>;
    const query = `subscription { jobEvents(id: "${id}") { __typename } }`;
    const headers = { authorization, accept: "text/event-stream" };
    await handler(functionUrlEvent({ query, headers }), out, contextWith());
    const received = String(out.read());
    expect(received.match(/"__typename":"\w+"/g)?.filter((line) => !line.includes("Progress"))).toEqual(
      ["Queued", "Started", "PictureReady", "PictureReady", "Succeeded"].map((type) => `"__typename":"${type}"`),
    );
    expect(await jobs.depth()).toEqual({ ready: 0, hidden: 0 });
  });

  test("serve the studio, which loads pictures from CloudFront", async () => {
    const handler = await entry("graphql");
    const page = async (rawPath: string) => {
      const event = { ...httpEvent({ method: "GET", headers: { accept: "text/html" } }), rawPath };
      return (await handler(event, contextWith())) as APIGatewayProxyStructuredResultV2;
    };
    const { statusCode, headers, body } = await page("/");
    expect(statusCode).toBe(200);
    expect(headers!["content-security-policy"]).toContain(`img-src 'self' data: blob: ${front.origin};`);
    expect(headers!["content-security-policy"]).toContain(`connect-src 'self' ${front.origin};`);
    expect(body).toContain(`<meta name="stream" content="${STREAM_PATH}">`);
    const [script] = /\/assets\/main-\w+\.js/.exec(body!)!;
    const asset = await page(script!);
    expect([asset.statusCode, asset.headers!["cache-control"]]).toEqual([200, expect.stringContaining("immutable")]);
    expect((await page("/elsewhere")).statusCode).toBe(404);
  });

  test("redirect a picture's permanent address to its URL", async () => {
    const id = await submit();
    await bring(jobs, "worker");
    const handler = await entry("graphql");
    const event = { ...httpEvent({ method: "GET", headers: { authorization } }), rawPath: `/pictures/${id}-0` };
    const { statusCode, headers } = (await handler(event, contextWith())) as APIGatewayProxyStructuredResultV2;
    expect([statusCode, headers!.location]).toEqual([
      302,
      expect.stringContaining(`${front.origin}/pictures/${id}/0.png?`),
    ]);
  });

  test("serve GraphiQL, which subscribes at the streaming path", async () => {
    const handler = await entry("graphql");
    const event = httpEvent({ method: "GET", headers: { accept: "text/html" } });
    const { statusCode, body } = (await handler(event, contextWith())) as APIGatewayProxyStructuredResultV2;
    expect(statusCode).toBe(200);
    expect(body).toContain(`"subscriptionsEndpoint":"${STREAM_PATH}"`);
  });

  test("end a dead-lettered job, and deliver its webhook after a sweep", async () => {
    // The receiver does not exist, so the delivery fails and is retried.
    const id = await submit(', webhook: "https://unclip.invalid/hook"');
    const dead = await entry("dead-letter");
    expect(await dead({ Records: [sqsRecord(JSON.stringify({ id }))] }, contextWith())).toEqual({
      batchItemFailures: [],
    });
    expect(await job(id)).toMatchObject({ status: "FAILED", failure: { code: "WORKER_LOST" } });
    const sweep = await entry("sweeper");
    await sweep({}, contextWith());
    expect(await bring(webhooks, "webhook")).toEqual([id]);
    expect((await job(id)).webhook).toMatchObject({ state: "WAITING" });
    expect(await webhooks.depth()).toEqual({ ready: 0, hidden: 1 });
  });

  test("embed a caption as the engine's CLIP does", async () => {
    const embed = await entry("embed");
    const { clip, vector } = (await embed({ prompt: "a red apple" }, contextWith())) as {
      clip: string;
      vector: string;
    };
    expect(clip).toMatch(/^[0-9a-f]{64}$/);
    const numbers = new Float32Array(Uint8Array.from(Buffer.from(vector, "base64")).buffer);
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.every(Number.isFinite)).toBe(true);
  });
});

// The whole path in one process, over the wire: an HTTP event, the table, the queue, the worker with the tiny bundle, the
// bucket, the stream, the fanout, and graphql-ws's own client, which downloads the pictures.
import { setTimeout as sleep } from "node:timers/promises";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { APIGatewayProxyStructuredResultV2, SQSEvent } from "aws-lambda";
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { graphqlHandler } from "../../../functions/aws/graphql-handler.ts";
import { sweeperHandler } from "../../../functions/aws/sweeper-handler.ts";
import { workerHandler } from "../../../functions/aws/worker-handler.ts";
import { type OpenEngine, openEngine } from "../../../functions/engine.ts";
import { mintKey } from "../../../infra/auth/api-keys.ts";
import { awsKeyStore } from "../../../infra/aws/key-store.ts";
import { awsQueue } from "../../../infra/aws/queue.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import { systemClock } from "../../../infra/ports.ts";
import { openFront } from "../../support/aws/cloudfront-edge.ts";
import { contextWith, httpEvent, silent } from "../../support/aws/lambda-events.ts";
import { CREDENTIALS } from "../../support/aws/moto-clients.ts";
import { dynamo, moto, newBucket, newQueue, newTable, onMoto, s3, sqs } from "../../support/aws/moto-resources.ts";
import { followQueue, type QueueHandler } from "../../support/aws/queue-source.ts";
import { startS3Proxy } from "../../support/aws/s3-proxy.ts";
import { ADA, all, SocketService } from "../../support/aws/socket-service.ts";
import { followTable, type StreamHandler } from "../../support/aws/table-stream.ts";
import { type RouteHandlers, WebSocketApi } from "../../support/aws/websocket-api.ts";
import { intercept } from "../../support/jobs/intercept.ts";
import { expectInvariants } from "../../support/jobs/invariants.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";
import { type Answer, MODEL } from "../../support/schema/service.ts";
import { FOLLOW } from "../../support/schema/stream.ts";
import { TERMINAL_EVENT } from "../../support/schema/terminal-event.ts";

const PATIENCE_MS = 300_000;
const PICTURES = 2;
const SUBMIT = `mutation ($more: String) {
  generate(input: { prompt: "a red apple", size: 64, preset: DRAFT, count: ${PICTURES}, webhook: $more }) {
    ... on Job { id }
  }
}`;

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const proxy = startS3Proxy(CREDENTIALS.secretAccessKey, systemClock);

/** Expects a PNG of 64 x 64 pixels at each URL. */
async function expectPictures(events: readonly Answer[], open = proxy): Promise<void> {
  const ready = events.filter(({ __typename }) => __typename === "PictureReady");
  expect(ready.map(({ picture }) => picture.index).sort()).toEqual(Array.from({ length: PICTURES }, (_, i) => i));
  for (const { picture } of ready) {
    const response = await open(picture.url);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
    const png = Buffer.from(await response.arrayBuffer());
    expect([png.toString("latin1", 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(["PNG", 64, 64]);
  }
}

const idOf = async (answer: unknown): Promise<string> => {
  const { statusCode, body } = answer as APIGatewayProxyStructuredResultV2;
  expect(statusCode).toBe(200);
  return JSON.parse(body!).data.generate.id;
};

onMoto("the whole path", () => {
  describe("through the entries, as Lambda loads them", () => {
    const gateway = new WebSocketApi(systemClock);
    const { key, secret } = mintKey({ name: "app", owner: "ada", quota: 9 }, 0);
    const authorization = `Bearer ${secret}`;
    let front: Awaited<ReturnType<typeof openFront>>;
    let table: string;
    let urls: { queue: string; webhooks: string };

    beforeAll(async () => {
      await gateway.open();
      const bucket = await newBucket();
      front = await openFront("unclip-whole-path", bucket);
      table = await newTable();
      urls = { queue: await newQueue(), webhooks: await newQueue() };
      await awsKeyStore(dynamo, table).add(key);
      const environment = {
        AWS_ENDPOINT_URL: moto!,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        UNCLIP_TABLE: table,
        UNCLIP_BUCKET: bucket,
        UNCLIP_QUEUE: urls.queue,
        UNCLIP_WEBHOOK_QUEUE: urls.webhooks,
        ...front.environment,
        UNCLIP_SOCKETS: gateway.endpoint,
        UNCLIP_EMBEDDER: "unused",
        UNCLIP_MODEL: JSON.stringify(MODEL),
        UNCLIP_BUNDLE: TINY,
        UNCLIP_LOG: "silent",
      };
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    });
    afterAll(async () => {
      await gateway.close();
      vi.unstubAllEnvs();
    });

    const entry = async <Kind>(name: string) =>
      ((await import(`../../../functions/aws/${name}.ts`)) as { handler: Kind }).handler;

    test("leads from a mutation to pictures and a webhook message", { timeout: PATIENCE_MS }, async () => {
      gateway.handler = await entry<RouteHandlers>("socket");
      const stream = await followTable(table, await entry<StreamHandler>("fanout"));
      const worker = await entry<Handler>("worker");
      const bring: QueueHandler = async (event) =>
        (await worker(event, contextWith())) as Awaited<ReturnType<QueueHandler>>;
      const queue = followQueue(awsQueue(sqs, urls.queue), bring, { most: 1, seed: 1, twice: 0 });
      const connectionParams = { authorization };
      const client = createClient({ url: gateway.url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
      onTestFinished(async () => {
        await client.dispose();
        await Promise.all([stream.close(), queue.close()]);
      });

      const graphql = await entry<Handler>("graphql");
      const variables = { more: "https://hooks.example.com/unclip" };
      const event = httpEvent({ query: SUBMIT, variables, headers: { authorization } });
      const id = await idOf(await graphql(event, contextWith()));
      const answers = await all(client.iterate<Answer>({ query: FOLLOW, variables: { id } }));
      const events = answers.map(({ data }) => data.jobEvents);
      const kinds = events.map(({ __typename }) => __typename).filter((kind) => kind !== "Progress");
      expect(kinds).toEqual(["Queued", "Started", "PictureReady", "PictureReady", "Succeeded"]);
      await expectPictures(events, front.open);
      const wait = { max: 1, waitSeconds: 20, visibilitySeconds: 60 };
      const [message] = await awsQueue(sqs, urls.webhooks).receive(wait);
      expect(message!.job).toEqual({ id });
    });
  });

  describe("with duplicate, late and reordered messages and records", () => {
    let service: SocketService;
    let engine: OpenEngine;
    const rules = { ...JOB_POLICY };
    const end = new AbortController();
    const over = new Promise<never>((_, reject) =>
      end.signal.addEventListener("abort", () => reject(new Error("over"))),
    );
    over.catch(() => {});

    beforeAll(async () => {
      // Short enough that lost work resumes during the test, long enough that a busy machine loses no live worker.
      Object.assign(JOB_POLICY, { leaseMs: 10_000, sendGraceMs: 500, resendMs: 8_000, backoffMs: () => 200 });
      [service, engine] = await Promise.all([SocketService.open(), openEngine(TINY, 1)]);
      await service.startFanout(service.fanout(), { seed: 3, retry: 0.3, duplicate: 0.3 });
    });
    afterAll(async () => {
      end.abort();
      await service.close();
      await engine.close();
      Object.assign(JOB_POLICY, rules);
    });

    /** After how many calls of its ports a worker dies that gets the next job's first message. */
    const deaths: number[] = [];
    let died = 0;
    /** By job: its first message, which two workers may get at once, and what each of them called. */
    const first = new Map<string, { event: SQSEvent; after: number | undefined; calls: string[][] }>();

    /** Simulates one process per message. After its death, no call is carried out and none returns. */
    const worker: QueueHandler = (event) => {
      const { id } = JSON.parse(event.Records[0]!.body);
      if (!first.has(id)) first.set(id, { event, after: deaths.shift(), calls: [] });
      const fault = first.get(id)!;
      const after = fault.event === event ? fault.after : undefined;
      const made: string[] = [];
      if (fault.event === event) fault.calls.push(made);
      let die = () => {};
      const death = new Promise<never>((_, reject) => {
        die = () => reject(new Error("dead"));
      });
      death.catch(() => {});
      const faulty = <Port extends object>(port: Port): Port =>
        intercept(port, async (method, call) => {
          if (made.length === after) return over;
          made.push(method);
          const answer = await call();
          if (made.length !== after) return answer;
          died++;
          die();
          return over;
        });
      const [store, queue, blobs] = [faulty(service.parts.store), faulty(service.queue), faulty(service.blobs)];
      const jobs = new Jobs({ store, queue, clock: systemClock });
      const handler = workerHandler({ jobs, store, queue, blobs, engine: async () => engine, log: silent });
      return Promise.race([handler(event, contextWith()), death]);
    };

    const sweeping = async () => {
      const { jobs, log, parts } = service;
      const sweep = sweeperHandler({ ...parts, jobs, log });
      while (!end.signal.aborted) {
        await sweep(undefined, contextWith());
        await sleep(1_000, undefined, { signal: end.signal }).catch(() => {});
      }
    };

    const submit = async (): Promise<string> => {
      const event = httpEvent({ query: SUBMIT, headers: { authorization: ADA } });
      return idOf(await graphqlHandler(service)(event));
    };

    /** Checks the events that a client receives until the job ends. */
    const live = async (id: string): Promise<void> => {
      const client = service.client();
      const answers = await all(client.iterate<Answer>({ query: FOLLOW, variables: { id } }));
      const events: Answer[] = answers.map(({ data }) => data.jobEvents);
      const numbers = events.map(({ seq }) => seq);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      const ends = events.filter(({ __typename: kind }) => TERMINAL_EVENT.test(kind));
      expect(ends).toEqual([events.at(-1)]);
      expect(ends[0].__typename).toBe("Succeeded");
      await expectPictures(events);
      const job = (await service.parts.store.get(id))!;
      expectInvariants(job);
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: service.bucket, Prefix: `pictures/${id}/` }),
      );
      expect(job.drawn).toHaveLength(PICTURES);
      expect(Contents.map(({ Key }) => Key)).toEqual([...job.drawn.map(({ key }) => key), job.sheet]);
      await client.dispose();
    };

    test("leads to one final status and all pictures, wherever the worker dies", { timeout: PATIENCE_MS }, async () => {
      const source = followQueue(service.queue, worker, { most: 4, seed: 5, twice: 0.4 });
      const swept = sweeping();
      service.onClose(() => Promise.all([source.close(), swept]));
      const fair = await submit();
      await live(fair);
      const many = Math.max(...first.get(fair)!.calls.map(({ length }) => length));
      expect(many).toBeGreaterThan(15);
      deaths.push(...Array.from({ length: many }, (_, i) => i + 1));
      await Promise.all(Array.from({ length: many }, async () => live(await submit())));
      expect(deaths).toEqual([]);
      // The number of progress reports depends on timing.
      expect(died).toBeGreaterThan(0.8 * many);
      expect(service.logged).toEqual([]);
    });
  });
});

// The half of the service that speaks over WebSockets, on moto and the fixture of API Gateway: real rows, the SDK's real
// clients, graphql-ws's real client; and a worker whose every move a test makes.
import { type Client, type ClientOptions, createClient } from "graphql-ws";
import { pino } from "pino";
import { WebSocket } from "ws";
import { type Authenticator, createAuthenticator } from "../../../functions/aws/authenticate.ts";
import { type FanoutParts, fanoutHandler } from "../../../functions/aws/fanout-handler.ts";
import { socketHandler } from "../../../functions/aws/socket-handler.ts";
import { createDeliver } from "../../../functions/aws/sockets/deliver-events.ts";
import type { SocketParts } from "../../../functions/aws/sockets/message-context.ts";
import { mintKey } from "../../../infra/auth/api-keys.ts";
import type { CallerLimiter, CallerLimits } from "../../../infra/auth/caller-limits.ts";
import type { Issuer } from "../../../infra/auth/oidc.ts";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { awsCallerLimiter } from "../../../infra/aws/caller-limiter.ts";
import { socketsClient } from "../../../infra/aws/clients/sockets.ts";
import { awsConnections, type Connections } from "../../../infra/aws/connections.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { awsKeyStore } from "../../../infra/aws/key-store.ts";
import { type Post, postToConnection } from "../../../infra/aws/post-to-connection.ts";
import { awsQueue } from "../../../infra/aws/queue.ts";
import type { Attempt } from "../../../infra/jobs/attempt.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { type Blobs, type Clock, type JobStore, type Queue, systemClock } from "../../../infra/ports.ts";
import { type Api, type ApiOptions, createApi } from "../../../schema/index.ts";
import { manualClock } from "../jobs/records.ts";
import { type Answer, GENERATE, MODEL, picture } from "../schema/service.ts";
import { CREDENTIALS } from "./moto-clients.ts";
import { dynamo, newBucket, newQueue, newTable, s3, sqs } from "./moto-resources.ts";
import { type RawOptions, type RawSocket, rawSocket } from "./raw-socket.ts";
import { followTable, type StreamFaults } from "./table-stream.ts";
import { WebSocketApi } from "./websocket-api.ts";

const minted = (owner: string) => mintKey({ name: owner, owner, quota: 1_000 }, 0);
/** Known at every stage. */
export const KEYS = { ada: minted("ada"), bob: minted("bob") } as const;
/** The credentials of both callers. */
export const ADA = `Bearer ${KEYS.ada.secret}`;
export const BOB = `Bearer ${KEYS.bob.secret}`;

/** The parts of both handlers. A test may replace each of them. */
export type Parts = {
  readonly connections: Connections;
  readonly post: Post;
  readonly store: JobStore;
  readonly webhooks: Queue;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly followersPerJob: number;
};

type SocketServiceOptions = Omit<Partial<ApiOptions>, "limiter"> & {
  readonly oidc?: Issuer;
  readonly limits?: CallerLimits;
};

export class SocketService {
  readonly gateway: WebSocketApi;
  /** The gateway's clock, which decides which sockets are idle or too old. */
  readonly gatewayClock = manualClock();
  readonly table: string;
  readonly parts: Parts;
  /** The job queue. */
  readonly queue: Queue;
  readonly limiter: CallerLimiter | undefined;
  readonly bucket: string;
  readonly blobs: Blobs;
  readonly jobs: Jobs;
  readonly api: Api;
  readonly logged: unknown[] = [];
  readonly log = pino({ level: "error" }, { write: (line: string) => void this.logged.push(JSON.parse(line)) });
  readonly #undo: (() => unknown)[] = [];
  readonly #operations: number;

  private constructor(
    table: string,
    urls: readonly string[],
    bucket: string,
    { oidc, limits, ...options }: SocketServiceOptions,
  ) {
    this.table = table;
    this.gateway = new WebSocketApi(this.gatewayClock);
    const [queue, webhooks] = urls.map((url) => awsQueue(sqs, url)) as [Queue, Queue];
    const store = awsJobStore(dynamo, { table, retentionMs: 86_400_000 });
    this.queue = queue;
    this.bucket = bucket;
    this.blobs = awsBlobs(s3, bucket);
    this.jobs = new Jobs({ store, queue, clock: systemClock });
    this.limiter = limits && awsCallerLimiter(dynamo, table, limits, systemClock);
    const connections = awsConnections(dynamo, table, systemClock, this.limiter);
    const lazy = () =>
      postToConnection(socketsClient(this.gateway.endpoint, { region: "us-east-1", credentials: CREDENTIALS }));
    const authenticator = createAuthenticator({
      keys: awsKeyStore(dynamo, table),
      oidc,
      quota: 1_000,
      clock: systemClock,
    });
    this.parts = {
      connections,
      post: lazyPost(lazy),
      store,
      webhooks,
      authenticator,
      clock: systemClock,
      followersPerJob: 1_000,
    };
    this.api = createApi({
      jobs: this.jobs,
      queue: this.queue,
      blobs: this.blobs,
      models: [MODEL],
      embedder: { embed: () => Promise.reject(new Error("embedding is not available here")) },
      authenticate: authenticator.authenticate,
      limiter: this.limiter,
      introspection: true,
      graphiql: false,
      log: (error) => this.logged.push(error),
      ...options,
    });
    this.#operations = options.policy?.operationsPerSocket ?? 100;
  }

  /** With a table, queues and a bucket of its own. */
  static async open(options: SocketServiceOptions = {}): Promise<SocketService> {
    const urls = [await newQueue(), await newQueue()];
    const service = new SocketService(await newTable(), urls, await newBucket(), options);
    const keys = awsKeyStore(dynamo, service.table);
    await Promise.all(Object.values(KEYS).map(({ key }) => keys.add(key)));
    await service.gateway.open();
    service.onClose(() => service.gateway.close());
    service.gateway.handler = service.socket();
    return service;
  }

  socket(change: Partial<Parts> = {}) {
    const { jobs, log } = this;
    const parts = { ...this.parts, ...change, log };
    const { stateless: operations } = this.api;
    const deliver = createDeliver({ ...parts, operations });
    const all: SocketParts = { ...parts, operations, deliver, jobs, operationsPerSocket: this.#operations };
    return socketHandler(all);
  }

  fanout(change: Partial<Parts> = {}) {
    const parts = { ...this.parts, ...change, log: this.log };
    const all: FanoutParts = { ...parts, deliver: createDeliver({ ...parts, operations: this.api.stateless }) };
    return fanoutHandler(all);
  }

  /** Starts to deliver what is written to the table. */
  async startFanout(handler = this.fanout(), unkindness?: StreamFaults): Promise<void> {
    const following = await followTable(this.table, handler, unkindness);
    this.onClose(() => following.close());
  }

  /** Last in, first out. */
  onClose(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  async close(): Promise<void> {
    for (let step = this.#undo.pop(); step; step = this.#undo.pop()) await step();
  }

  client(options: Partial<ClientOptions> = {}): Client {
    const connectionParams = { authorization: ADA };
    const url = this.gateway.url;
    const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...options });
    this.onClose(() => client.dispose());
    return client;
  }

  raw(options: RawOptions = {}): Promise<RawSocket> {
    return rawSocket(this.gateway.url, options);
  }

  /** The id of a job that was accepted. */
  async submit(input: object = {}, authorization = ADA): Promise<string> {
    const headers = { "content-type": "application/json", authorization };
    const variables = { input: { prompt: "a red boat", count: 2, size: 64, ...input } };
    const body = JSON.stringify({ query: GENERATE, variables });
    const response = await this.api.yoga.fetch("http://unclip.test/graphql", { method: "POST", headers, body });
    const { data } = (await response.json()) as Answer;
    return data.generate.id;
  }

  async attempt(id: string): Promise<Attempt> {
    const leased = await this.jobs.lease(id, "w");
    if (leased.type !== "LEASED") throw new Error(leased.type);
    return leased.attempt;
  }

  /** Draws a job to its end: a picture, some steps, a picture, ... */
  async drawJob(id: string): Promise<void> {
    const attempt = await this.attempt(id);
    const { pictures } = attempt.job;
    for (let index = 0; index < pictures; index++) {
      await attempt.progress({ stage: `decoder ${index}`, picture: index, pictures, step: 1, steps: 1 });
      await attempt.addPicture(picture(id, index));
    }
    await attempt.succeed(attempt.job.drawn, { warnings: [], timings: [] });
  }
}

/** The gateway's port is known only when it listens. */
function lazyPost(make: () => Post): Post {
  let made: Post | undefined;
  const post = () => (made ??= make());
  return { send: (...sent) => post().send(...sent), disconnect: (...cut) => post().disconnect(...cut) };
}

/** All of a stream's values. */
export async function all(stream: AsyncIterable<Answer>): Promise<Answer[]> {
  const seen: Answer[] = [];
  for await (const value of stream) seen.push(value);
  return seen;
}

/** The next `count` events. */
export async function take(stream: AsyncIterator<Answer>, count: number): Promise<Answer[]> {
  const seen: Answer[] = [];
  while (seen.length < count) {
    const { done, value } = await stream.next();
    if (done) break;
    seen.push(value);
  }
  return seen;
}

export const seqs = (answers: readonly Answer[]): number[] => answers.map(({ data }) => data.jobEvents.seq);

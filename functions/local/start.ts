// Starts the service on one machine: server and workers in one process, each engine in a thread of its own.
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, hostname } from "node:os";
import type { LocalSettings } from "../../infra/config/env.ts";
import { ContentFlagged } from "../../infra/jobs/run-attempt.ts";
import { runWorker } from "../../infra/jobs/worker.ts";
import { announce } from "../../infra/local/backup.ts";
import { localCallerLimiter } from "../../infra/local/caller-limiter.ts";
import { createDataFolder } from "../../infra/local/data-folder.ts";
import { idleTime, openDatabase } from "../../infra/local/database.ts";
import { keyFile } from "../../infra/local/key-file.ts";
import { systemClock } from "../../infra/ports.ts";
import { deriveWebhookSecret } from "../../infra/webhooks/deliver.ts";
import { type ApiOptions, createApi } from "../../schema/index.ts";
import { bundleFolder } from "../bundle-folder.ts";
import { readDenyList } from "../deny-list.ts";
import { createEmbedder } from "../embedder.ts";
import { type OpenEngine, openEngine } from "../engine.ts";
import { createLogger, createWorkerLog, STDERR } from "../log.ts";
import { openAiImages } from "../openai/images.ts";
import { pageRoutes } from "../pages/page-files.ts";
import { openStudio } from "../pages/studio.ts";
import { createAuthenticator } from "./authenticate.ts";
import { serve } from "./http.ts";
import { createMetrics } from "./metrics.ts";
import { openServices } from "./services.ts";
import { sweep } from "./sweeper.ts";
import { createDelivery, deliverWebhooks } from "./webhooks.ts";

/** Longest wait of OpenAI's Images API for a job. Its clients wait for ten minutes. */
const OPENAI_WAIT_MS = 540_000;

/**
 * Longer than the minute for which proxies keep a connection. Node's five seconds are over when a suspended or busy server
 * goes on, and it then closes connections on which requests wait unread.
 */
const IDLE_CONNECTION_MS = 75_000;

/** A server that was started. */
export type Running = {
  readonly url: string;
  /** There are no API keys: every caller on this machine is accepted. */
  readonly open: boolean;
  /** Takes no more jobs, releases the current ones, finishes open requests, and closes. */
  readonly close: () => Promise<void>;
};

/** Throws DataFolderError, UnsafeExposureError, UnclipError (INVALID_BUNDLE, INSUFFICIENT_MEMORY), or EADDRINUSE. */
export async function start(settings: LocalSettings, openOne = openEngine): Promise<Running> {
  const log = createLogger(settings.logLevel, STDERR);
  const cleanup: (() => unknown)[] = [];
  const close = async () => {
    for (let step = cleanup.pop(); step; step = cleanup.pop()) await step();
  };
  // A start that fails leaves no folder behind.
  let created: string | undefined;
  try {
    created = createDataFolder(settings.data);
    const keys = keyFile(settings.data);
    const { open, authenticate } = await createAuthenticator(keys, settings);
    const content = readDenyList(settings.denyList);
    const idleMs = idleTime(settings.data, Date.now());
    const database = openDatabase(settings.data);
    cleanup.push(() => database.close());
    const server = createServer((_, response) => void response.writeHead(503, { "retry-after": "1" }).end());
    server.maxConnections = settings.connections;
    server.keepAliveTimeout = IDLE_CONNECTION_MS;
    const bound = await listen(server, settings);
    cleanup.push(() => stopListening(server));
    const engines = await openEngines(settings, cleanup, openOne);
    const url = settings.url ?? bound;

    const services = await openServices(database, settings.data, url, log);
    const { jobs, store, queue, blobs, secret, routes } = services;
    const metrics = createMetrics(queue);
    const logError: ApiOptions["log"] = (err, facts) => log.error({ err, ...facts }, "unhandled error");
    const api = createApi({
      jobs,
      queue,
      blobs,
      models: [engines[0]!.info],
      embedder: createEmbedder(engines[0]!, blobs),
      content,
      webhookSecret: (owner) => deriveWebhookSecret(owner, secret),
      authenticate,
      limiter: localCallerLimiter(settings.limits, systemClock),
      introspection: settings.introspection,
      graphiql: settings.introspection,
      cors: settings.cors,
      onRefusedOrigin: (origin) =>
        log.warn({ origin }, "refused a page of another origin: UNCLIP_CORS does not list it"),
      policy: { webhookNetworks: settings.webhookNetworks },
      log: logError,
    });
    const pages = pageRoutes(openStudio);
    const health = () => ({ status: "ok", model: engines[0]!.info.name, workers: engines.length });
    created = undefined;
    const openAi = openAiImages({ api, jobs, blobs, authenticate, waitMs: OPENAI_WAIT_MS });
    cleanup.push(serve(server, { api, routes, openAi, pages, metrics, authenticate, health, log: logError }));

    await queue.reclaim();
    const lost = await jobs.reclaim();
    if (lost > 0) log.warn({ jobs: lost }, "requeued the jobs of a process that died");
    const stop = new AbortController();
    const inspect = content?.picture && createInspector(content.picture);
    const loops = engines.map((engine, i) => {
      const name = `${hostname()}/${process.pid}/${i}`;
      const worker = { name, jobs, store, queue, blobs, engine, inspect, signal: stop.signal };
      return runWorker({ ...worker, log: createWorkerLog(log, name, metrics.attempt) });
    });
    const { signal } = stop;
    const deliver = createDelivery(services, { log, metrics, networks: settings.webhookNetworks, signal });
    loops.push(
      sweep({ jobs, queue, store, blobs, log, signal, idleMs }),
      deliverWebhooks({ jobs, deliver, log, signal }),
    );
    cleanup.push(async () => {
      stop.abort();
      await Promise.all(loops);
      await Promise.all([jobs.settled(), blobs.close()]);
    });
    cleanup.push(announce(settings.data, bound));
    log.info({ url, data: settings.data, workers: engines.length }, "ready");
    return { url, open, close };
  } catch (error) {
    await close();
    if (created !== undefined) rmSync(created, { recursive: true, force: true });
    throw error;
  }
}

/** By default one engine for every four cores: an engine makes little use of more. */
async function openEngines(
  settings: LocalSettings,
  cleanup: (() => unknown)[],
  openOne: typeof openEngine,
): Promise<OpenEngine[]> {
  const cores = availableParallelism();
  const workers = settings.workers ?? Math.max(1, Math.floor(cores / 4));
  const threads = Math.max(1, Math.floor(cores / workers));
  const opening = Array.from({ length: workers }, async () => {
    const engine = await openOne(bundleFolder(settings), threads, { memory: settings.memory, engines: workers });
    cleanup.push(() => engine.close());
    return engine;
  });
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

function createInspector(look: (png: Uint8Array) => Promise<string | undefined>) {
  return async (png: Uint8Array): Promise<void> => {
    const reason = await look(png);
    if (reason !== undefined) throw new ContentFlagged(reason);
  };
}

async function listen(server: Server, { host, port }: LocalSettings): Promise<string> {
  await new Promise<void>((ready, failed) => {
    server.once("error", failed);
    server.listen(port, host, () => ready());
  });
  const { address, port: bound, family } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`;
}

async function stopListening(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  // Subscribers' streams would otherwise stay open indefinitely.
  const timer = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(timer);
}

// The service on one machine: gateway and workers in one process, each engine in a thread of its own.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, hostname } from "node:os";
import type { LocalSettings } from "../../infra/config/env.ts";
import { ContentFlagged } from "../../infra/jobs/run-attempt.ts";
import { runWorker } from "../../infra/jobs/worker.ts";
import { openDatabase } from "../../infra/local/database.ts";
import { keyFile } from "../../infra/local/key-file.ts";
import { secretFor } from "../../infra/webhooks/deliver.ts";
import { type ApiOptions, createApi } from "../../schema/index.ts";
import { bundleFolder } from "../bundle-folder.ts";
import { readDenyList } from "../deny-list.ts";
import { type OpenEngine, openEngine } from "../engine.ts";
import { logTo, STDERR, workerLog } from "../log.ts";
import { createAuthenticator } from "./authenticate.ts";
import { serve } from "./http.ts";
import { metricsOf } from "./metrics.ts";
import { openServices } from "./services.ts";
import { sweep } from "./sweeper.ts";
import { deliverer } from "./webhooks.ts";

export type Running = {
  readonly url: string;
  /** No keys yet: whoever is on this machine may call. */
  readonly open: boolean;
  /** Takes no more jobs, hands back those at hand, answers what was asked, and closes. */
  readonly close: () => Promise<void>;
};

/** Throws DataFolderError, NotSafe, UnclipError (INVALID_BUNDLE, INSUFFICIENT_MEMORY), or what listening throws (EADDRINUSE). */
export async function start(settings: LocalSettings, openOne = openEngine): Promise<Running> {
  const log = logTo(settings.logLevel, STDERR);
  const undo: (() => unknown)[] = [];
  const close = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    const keys = keyFile(settings.data);
    const { open, authenticate } = await createAuthenticator(keys, settings);
    const content = readDenyList(settings.denyList);
    const database = openDatabase(settings.data);
    undo.push(() => database.close());
    const server = createServer((_, response) => void response.writeHead(503, { "retry-after": "1" }).end());
    const bound = await listen(server, settings);
    undo.push(() => stopListening(server));
    const engines = await openEngines(settings, undo, openOne);
    const url = settings.url ?? bound;

    const world = await openServices(database, settings.data, url, log);
    const { jobs, store, queue, blobs, secret, routes } = world;
    const metrics = metricsOf(queue);
    const masked: ApiOptions["log"] = (err, facts) => log.error({ err, ...facts }, "a request met a bug");
    const api = createApi({
      jobs,
      blobs,
      models: [engines[0]!.info],
      embedder: engines[0]!,
      content,
      webhookSecret: (owner) => secretFor(owner, secret),
      authenticate,
      introspection: settings.introspection,
      graphiql: settings.introspection,
      cors: settings.cors,
      log: masked,
    });
    const health = () => ({ status: "ok", model: engines[0]!.info.name, workers: engines.length });
    undo.push(serve(server, { api, routes, metrics, authenticate, health, log: masked }));

    const lost = await jobs.reclaim();
    if (lost > 0) log.warn({ jobs: lost }, "jobs of a process that died are drawn again");
    const stop = new AbortController();
    const inspect = content?.picture && inspector(content.picture);
    const loops = engines.map((engine, i) => {
      const name = `${hostname()}/${process.pid}/${i}`;
      const worker = { name, jobs, store, queue, blobs, engine, inspect, signal: stop.signal };
      return runWorker({ ...worker, log: workerLog(log, name, metrics.attempt) });
    });
    const deliver = deliverer(world, log, metrics, stop.signal);
    loops.push(sweep({ jobs, store, blobs, log, deliver, signal: stop.signal }));
    undo.push(async () => {
      stop.abort();
      await Promise.all(loops);
      await jobs.settled();
    });
    log.info({ url, data: settings.data, workers: engines.length }, "ready");
    return { url, open, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As many as there are groups of four cores: an engine uses few more well. */
async function openEngines(
  settings: LocalSettings,
  undo: (() => unknown)[],
  openOne: typeof openEngine,
): Promise<OpenEngine[]> {
  const cores = availableParallelism();
  const workers = settings.workers ?? Math.max(1, Math.floor(cores / 4));
  const threads = Math.max(1, Math.floor(cores / workers));
  const opening = Array.from({ length: workers }, async () => {
    const engine = await openOne(bundleFolder(settings), threads, { memory: settings.memory, engines: workers });
    undo.push(() => engine.close());
    return engine;
  });
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

function inspector(look: (png: Uint8Array) => Promise<string | undefined>) {
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
  // Streams of subscribers would stay open for as long as they like.
  const timer = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(timer);
}

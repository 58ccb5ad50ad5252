// The service of npm start in a process of its own, with a folder of its own, asking for a key as it does in public.
import { subscribe } from "node:diagnostics_channel";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openEngine } from "../../../functions/engine.ts";
import { type Running, start } from "../../../functions/local/start.ts";
import { mintKey, QUOTA } from "../../../infra/auth/api-keys.ts";
import { localSettings } from "../../../infra/config/env.ts";
import { keyFile } from "../../../infra/local/key-file.ts";
import { answer, cpu } from "../child.ts";
import { openPacedEngine, type Pace } from "../engine.ts";

/** Timer interval of Node's event loop monitor. Its values include this interval. */
const RESOLUTION_MS = 10;

let folder: string;
let running: Running | undefined;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
const requestCpu: number[] = [];

/** The headers of a new key's owner. */
async function addKey(owner: string) {
  const { key, secret } = mintKey({ name: owner, owner, quota: QUOTA.max }, Date.now());
  await keyFile(folder).add(key);
  return { authorization: `Bearer ${secret}` };
}

const functions = {
  cpu,
  /** Notes the CPU time of each request from now on. Only for requests that come one after another. */
  watchRequests: () => {
    let begin = 0;
    subscribe("http.server.request.start", () => {
      begin = cpu();
    });
    subscribe("http.server.response.finish", () => requestCpu.push(cpu() - begin));
  },
  /** Milliseconds, in the order of the requests since `watchRequests`. */
  requestCpu: () => requestCpu,
  /** Starts on a free port, with the real engine if no pace is given. Resolves to the URL and the headers for access. */
  open: async ({ pace, ...change }: { readonly pace?: Pace; readonly workers?: number; readonly bundle?: string }) => {
    folder = await mkdtemp(path.join(tmpdir(), "unclip-bench-"));
    const headers = await addKey("bench");
    const settings = { ...localSettings({}), port: 0, data: folder, limits: {}, ...change };
    running = await start(settings, pace ? () => openPacedEngine(pace) : openEngine);
    return { url: running.url, headers };
  },
  /** The headers of another owner. */
  addCaller: () => addKey("another"),
  /** Bytes in use after a full garbage collection. */
  memory: () => {
    globalThis.gc!();
    const { rss, heapUsed } = process.memoryUsage();
    return { resident: rss, heap: heapUsed };
  },
  watchLoop: () => {
    delay.reset();
    delay.enable();
  },
  /** Delay of the event loop since `watchLoop`, in milliseconds. */
  loopDelay: () => {
    delay.disable();
    const delayOf = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    return { p50: delayOf(delay.percentile(50)), p99: delayOf(delay.percentile(99)), max: delayOf(delay.max) };
  },
};

export type Service = typeof functions;

answer(functions, async () => {
  await running?.close();
  await rm(folder, { recursive: true, force: true });
});

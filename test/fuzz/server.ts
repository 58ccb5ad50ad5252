// The server that is fuzzed, as users start it, and what can be seen of it from outside.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { GENERATE, type Known, know } from "../support/fuzz/operations.ts";
import { type ServerProcess, startServer } from "../support/local/process.ts";

/** Small, because jobs in flight at the end are drawn to their end. */
const QUOTA = "8";
/** How long the server may take to finish them, and to close sockets. */
const SETTLE_MS = 180_000;

export type Watched = { readonly heldMs: number; readonly rssMb: number; readonly heapMb: number };

export type Target = {
  readonly server: ServerProcess;
  readonly port: number;
  readonly known: Known;
  /** The longest turn of the event loop since the last call, and the memory now. */
  readonly watch: () => Promise<Watched>;
  /** Problems at the end: a dead process, logged errors, jobs that failed as our bug, sockets that stay open. */
  readonly settle: () => Promise<string[]>;
  readonly close: () => Promise<void>;
};

export async function openTarget(): Promise<Target> {
  const folder = await mkdtemp(path.join(tmpdir(), "unclip-fuzz-"));
  const file = path.join(folder, "watch.json");
  const node = ["--expose-gc", "--import", "./test/fuzz/loop-watch.mjs"];
  const env = { UNCLIP_LOG: "error", UNCLIP_QUOTA: QUOTA, FUZZ_WATCH: file };
  const server = await startServer({ folder: path.join(folder, "data"), env, node });
  const known = await know(server);
  const openSockets = async () => {
    const response = await fetch(`${server.url}/metrics`, { headers: { connection: "close" } });
    return Number(/^nodejs_active_handles\{type="Socket"\} (\d+)/m.exec(await response.text())?.[1] ?? 0);
  };
  const resting = await openSockets();
  let reports = 0;
  const hasEnded = () => server.child.exitCode !== null || server.child.signalCode !== null;

  async function watch(): Promise<Watched> {
    reports++;
    server.child.kill("SIGUSR2");
    for (;;) {
      if (hasEnded()) throw new Error(`The server ended: ${server.log.join("\n")}`);
      const text = await readFile(file, "utf8").catch(() => "");
      const seen = text.endsWith("}") ? JSON.parse(text) : undefined;
      if (seen?.report === reports)
        return { heldMs: seen.held, rssMb: seen.rss / 2 ** 20, heapMb: seen.heap / 2 ** 20 };
      await pause(20);
    }
  }

  async function settle(): Promise<string[]> {
    if (hasEnded()) return [`the server ended with ${server.child.exitCode ?? server.child.signalCode}`];
    const problems: string[] = [];
    const open = "{ jobs(first: 1, status: [QUEUED, RUNNING]) { nodes { id } } }";
    if (!(await within(SETTLE_MS, async () => (await server.runQuery(open)).jobs.nodes.length === 0))) {
      problems.push("jobs are still open");
    }
    const failed = "{ jobs(first: 100, status: [FAILED]) { nodes { id failure { code message } } } }";
    for (const { id, failure } of (await server.runQuery(failed)).jobs.nodes) {
      if (failure.code === "INTERNAL") problems.push(`job ${id} failed as our bug`);
    }
    const { id } = (await server.runQuery(GENERATE.query, GENERATE.variables)).generate;
    const isDrawn = async () =>
      (await server.runQuery("query ($id: ID!) { job(id: $id) { status } }", { id })).job.status === "SUCCEEDED";
    if (!(await within(SETTLE_MS, isDrawn))) problems.push("the server draws no more");
    if (!(await within(SETTLE_MS, async () => (await openSockets()) <= resting))) problems.push("sockets stay open");
    // Internal errors, and warnings of libraries.
    return [...problems, ...server.log.map((line) => `logged: ${line.slice(0, 500)}`)];
  }

  return {
    server,
    port: Number(new URL(server.url).port),
    known,
    watch,
    settle,
    close: async () => {
      server.child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function within(ms: number, isSo: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await isSo()) return true;
    await pause(100);
  }
  return false;
}

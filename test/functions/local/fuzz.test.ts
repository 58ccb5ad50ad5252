// Random requests to the server for UNCLIP_FUZZ_SECONDS (4): the process survives, has no internal error, and becomes idle.
// UNCLIP_FUZZ_SEED (1) is what was sent, though not what ran at the same time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anyRequest, send } from "../../support/fuzz/http.ts";
import { GENERATE, type Known, know } from "../../support/fuzz/operations.ts";
import { type RandomChoices, randomChoices } from "../../support/fuzz/random-choices.ts";
import { misuseSocket } from "../../support/fuzz/sockets.ts";
import { type ServerProcess, startServer } from "../../support/local/process.ts";

const SECONDS = Number(process.env.UNCLIP_FUZZ_SECONDS ?? 4);
const SEED = Number(process.env.UNCLIP_FUZZ_SEED ?? 1);
/** At the same time. */
const SENDERS = 24;
/** Small, because jobs in flight at the end of the fuzzing are drawn to their end. */
const QUOTA = "8";
const TIMEOUT = { timeout: 240_000 + SECONDS * 1_000 };

let folder: string;
let server: ServerProcess;
let known: Known;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-fuzz-"));
  server = await startServer({ folder, env: { UNCLIP_LOG: "error", UNCLIP_QUOTA: QUOTA } });
  known = await know(server);
});
afterEach(async () => {
  server.child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

const portOf = () => Number(new URL(server.url).port);

/** Until the time is over, as many at a time as there are senders; how many there were. */
async function storm(act: (chance: RandomChoices) => Promise<void>): Promise<number> {
  const end = performance.now() + SECONDS * 1_000;
  let turn = 0;
  const sender = async () => {
    while (performance.now() < end) await act(randomChoices(SEED + turn++));
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return turn;
}

/** Sockets that the server holds. Each look at it is one. */
async function openSockets(): Promise<number> {
  const response = await fetch(`${server.url}/metrics`, { headers: { connection: "close" } });
  return Number(/^nodejs_active_handles\{type="Socket"\} (\d+)/m.exec(await response.text())?.[1] ?? 0);
}

async function expectWell(resting: number): Promise<void> {
  expect(server.child.exitCode ?? server.child.signalCode).toBeNull();
  expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ status: "ok" });
  const open = "{ jobs(first: 100, status: [QUEUED, RUNNING]) { nodes { id } } }";
  await expect
    .poll(async () => (await server.runQuery(open)).jobs.nodes, { timeout: 180_000, interval: 250 })
    .toEqual([]);
  const { id } = (await server.runQuery(GENERATE.query, GENERATE.variables)).generate;
  const status = async () => (await server.runQuery("query ($id: ID!) { job(id: $id) { status } }", { id })).job.status;
  await expect.poll(status, { timeout: 60_000, interval: 100 }).toBe("SUCCEEDED");
  await expect.poll(openSockets, { timeout: 30_000, interval: 500 }).toBeLessThanOrEqual(resting);
  // The log would contain internal errors and the warnings of libraries.
  expect(server.log).toEqual([]);
}

describe(`with seed ${SEED}`, () => {
  test("random HTTP requests cause no internal error", TIMEOUT, async ({ annotate }) => {
    const resting = await openSockets();
    const statuses = new Map<number, number>();
    const failed: object[] = [];
    const requests = await storm(async (chance) => {
      const bytes = anyRequest(known, chance);
      for (const status of await send(portOf(), bytes, chance)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        // 501 and 505 are Node's, for what it does not speak.
        if (status >= 500) failed.push({ status, sent: bytes.subarray(0, 600).toString("latin1") });
      }
    });
    await annotate(`${requests} requests, answered ${JSON.stringify(Object.fromEntries([...statuses].sort()))}`);
    expect(failed).toEqual([]);
    await expectWell(resting);
  });

  test("random WebSocket messages cause no internal error", TIMEOUT, async ({ annotate }) => {
    const resting = await openSockets();
    const answers: number[] = [];
    await storm(async (chance) => void answers.push(await misuseSocket(portOf(), known, chance)));
    const answered = answers.filter((count) => count > 0).length;
    await annotate(
      `${answers.length} sockets, ${answered} of them answered, ${answers.reduce((a, b) => a + b, 0)} times`,
    );
    await expectWell(resting);
  });
});

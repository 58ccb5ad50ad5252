// One campaign: a server, callers who use it, and faults in between. Afterwards every promise is checked.

import { setMaxListeners } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { forEachConcurrent } from "../../../infra/util/for-each-concurrent.ts";
import { type RandomChoices, randomChoices } from "../../support/fuzz/random-choices.ts";
import { freePort } from "../../support/listen.ts";
import type { CampaignCounts } from "../tally.ts";
import { Violations } from "../violations.ts";
import { Callers } from "./callers.ts";
import { Client } from "./client.ts";
import type { Fault } from "./faults/fault.ts";
import { startReceiver } from "./receiver.ts";
import type { EngineKind } from "./server.ts";
import { ServerProcess } from "./server-process.ts";
import { untilJobSucceeds } from "./until-job-succeeds.ts";
import { settle, verifyFolder, verifyJob, verifyNotifications } from "./verify.ts";
import { Volume } from "./volume.ts";

export type CampaignOptions = {
  /** The bundled server (build.ts). */
  readonly file: string;
  readonly seed: number;
  readonly engine: EngineKind;
  /** The kinds of faults, drawn by weight. */
  readonly faults: readonly Fault[];
  /** How many faults to inject. */
  readonly count: number;
  /** No fault begins after it. */
  readonly until: number;
};

const CALLERS = 2;
/** The real engine draws for longer, and a long queue would be drawn after the last fault. */
const CALL_PAUSE_MS = { paced: 60, real: 800 };
/**
 * Before every so many faults, a server lives until it has finished a job. A job whose worker dies five times in a row before
 * it has finished anything fails, as documented. This makes that rare, not impossible.
 */
const CALM_EVERY = 2;
/** At the same time: on a busy machine, most of a request is waiting. */
const CHECKS = 16;

export async function runCampaign(options: CampaignOptions): Promise<CampaignCounts> {
  const choices = randomChoices(options.seed);
  const data = await mkdtemp(path.join(tmpdir(), "unclip-chaos-"));
  const volume = Volume.mount(data);
  const violations = new Violations();
  const stop = new AbortController();
  // Every request of the callers listens to it.
  setMaxListeners(0, stop.signal);
  const server = new ServerProcess({ file: options.file, data, port: await freePort(), engine: options.engine });
  const counts = new Map<string, number>();
  const receiver = await startReceiver(randomChoices(options.seed));
  try {
    await server.start();
    const callers = Array.from(
      { length: CALLERS },
      (_, i) =>
        new Callers({
          name: `caller ${i}`,
          url: server.url,
          webhook: receiver.url,
          choices: randomChoices(options.seed * CALLERS + i),
          violations,
          stopped: stop.signal,
          pauseMs: CALL_PAUSE_MS[options.engine],
        }),
    );
    const calling = Promise.all(callers.map((caller) => caller.run()));
    calling.catch(() => {});
    for (let i = 0; i < options.count && Date.now() < options.until; i++) {
      if (i % CALM_EVERY === 0) await Promise.race([untilJobSucceeds(server), calling]);
      const fault = pickByWeight(options.faults, choices);
      await Promise.race([fault.inject({ server, choices, violations, volume }), calling]);
      counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
    }
    for (const caller of callers) caller.finish();
    const client = new Client(server.url, stop.signal);
    const settled = await settle(client, violations);
    // A stream ends with its job.
    if (settled) await calling;
    const promised = callers.flatMap((caller) => caller.promised);
    let pictures = 0;
    await forEachConcurrent(promised, CHECKS, async (job) => {
      const found = await verifyJob(client, job, violations);
      pictures += found;
    });
    await verifyNotifications(promised, receiver, server, violations);
    await server.terminate();
    await verifyFolder(data, violations);
    return { jobs: promised.length, pictures, kills: server.kills, faults: counts, violations: violations.found };
  } finally {
    stop.abort();
    receiver.close();
    await server.kill();
    volume?.unmount();
    await rm(data, { recursive: true, force: true });
  }
}

function pickByWeight(faults: readonly Fault[], { pick }: RandomChoices): Fault {
  return pick(faults.flatMap((fault) => Array.from({ length: fault.weight }, () => fault)));
}

// The process ends or stands still.
import { execFileSync, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.ts";

const LIFE_MS = 1_500;
/** A start takes about this long, so some kills meet a server that is opening its database. */
const STARTING_MS = 400;

/** SIGKILL in the middle of work. */
export const kill: Fault = {
  name: "SIGKILL",
  weight: 60,
  inject: async ({ server, choices }) => {
    await sleep(choices.below(LIFE_MS));
    await server.kill();
    await server.start();
  },
};

/** SIGKILL while the server starts. */
export const killStarting: Fault = {
  name: "SIGKILL within 0.4 s of a start",
  weight: 20,
  inject: async ({ server, choices }) => {
    await server.kill();
    server.spawn();
    await sleep(choices.below(STARTING_MS));
    await server.kill();
    await server.start();
  },
};

/** SIGTERM: the server releases its jobs and exits with 0. */
export const terminate: Fault = {
  name: "SIGTERM",
  weight: 8,
  inject: async ({ server, choices, violations }) => {
    await sleep(choices.below(LIFE_MS));
    const code = await server.terminate();
    if (code !== 0) violations.add("unserved", `SIGTERM ends the server with ${code}`);
    await server.start();
  },
};

/** SIGSTOP and SIGCONT: a laptop that sleeps. Its clock has moved on when it wakes. */
export const suspend: Fault = {
  name: "suspended for 5 s to 20 min by its clock",
  weight: 4,
  inject: async ({ server, choices }) => {
    await sleep(choices.below(LIFE_MS));
    const asleep = server.setClock(choices.pick([5_000, 40_000, 300_000, 1_200_000]));
    server.suspend();
    await sleep(100 + choices.below(400));
    server.resume();
    await asleep;
    await sleep(choices.below(LIFE_MS));
    await server.kill();
    await server.setClock(0);
    await server.start();
  },
};

/** No file descriptors are left for a second. */
export const fewDescriptors: Fault = {
  name: "no file descriptors",
  weight: 3,
  inject: async ({ server }) => {
    limit(server.pid, "--nofile=24:");
    await sleep(1_000);
    limit(server.pid, "--nofile=1024:");
    await sleep(200);
  },
  unavailable: unlimitable,
};

/** The address space cannot grow: an allocation fails, and V8 or a library ends the process. */
export const noMemory: Fault = {
  name: "no memory",
  weight: 3,
  inject: async ({ server, choices }) => {
    await sleep(choices.below(LIFE_MS));
    limit(server.pid, `--as=${64 << 20}:`);
    await sleep(1_500);
    await server.kill();
    await server.start();
  },
  unavailable: unlimitable,
};

/** Sets a soft limit of a running process, as prlimit(1) writes it. */
function limit(pid: number, resource: string): void {
  execFileSync("prlimit", ["--pid", String(pid), resource], { stdio: "ignore" });
}

function unlimitable(): string | undefined {
  return spawnSync("prlimit", ["--version"]).status === 0 ? undefined : "prlimit is not installed";
}

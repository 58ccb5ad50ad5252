// The wall clock jumps while jobs are accepted and drawn.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.ts";

/** Half the time in which a job must start by default. */
const HALF_HOUR_MS = 1_800_000;

/** The running server's clock jumps, and jumps back a moment later. */
export const clockJump: Fault = {
  name: "clock moved in a running server",
  weight: 4,
  inject: async ({ server, choices }) => {
    await server.setClock(choices.pick([-HALF_HOUR_MS, -60_000, 60_000, 600_000]));
    await sleep(choices.below(1_000));
    await server.setClock(0);
  },
};

/** A server with a clock half an hour ahead dies; its successor has the true time. */
export const clockBack: Fault = {
  name: "clock back by 0.5 h between two starts",
  weight: 4,
  inject: async ({ server, choices }) => {
    await server.kill();
    await server.setClock(HALF_HOUR_MS);
    await server.start();
    await sleep(choices.below(1_500));
    await server.kill();
    await server.setClock(0);
    await server.start();
  },
};

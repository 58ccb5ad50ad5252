// The wall clock jumps while jobs are accepted and drawn.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The running server's clock jumps, and jumps back a moment later. */
export const clockJump: Fault = {
  name: "clock moved in a running server",
  weight: 4,
  inject: async ({ server, choices }) => {
    await server.setClock(choices.pick([-DAY_MS, -HOUR_MS, -60_000, 60_000, 600_000]));
    await sleep(choices.below(1_000));
    await server.setClock(0);
  },
};

/** A server with a clock an hour ahead dies; its successor has the true time. */
export const clockBack: Fault = {
  name: "clock back by 0.5 h between two starts",
  weight: 4,
  inject: async ({ server, choices }) => {
    await server.kill();
    await server.setClock(HOUR_MS / 2);
    await server.start();
    await sleep(choices.below(1_500));
    await server.kill();
    await server.setClock(0);
    await server.start();
  },
};

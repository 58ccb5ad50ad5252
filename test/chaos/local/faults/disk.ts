// The data folder has no space, cannot be written, or has damaged pages.
import { cp, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../support/listen.ts";
import { runQuery } from "../../../support/local/run-query.ts";
import { unmountable } from "../volume.ts";
import type { Fault } from "./fault.ts";

const FULL_MS = 700;
/** The header of an SQLite file; damage there is found at once. */
const HEADER_BYTES = 200;
const FLIPPED_BITS = 30;

export const diskFull: Fault = {
  name: "disk full for 0.7 s",
  weight: 5,
  inject: async ({ volume, server, choices }) => {
    const free = await volume!.fill();
    await sleep(FULL_MS);
    // Also a start, a kill or the end of a start may meet the full disk.
    if (choices.maybe(0.3)) await server.kill();
    await free();
    if (!server.isRunning) await server.start();
  },
  unavailable: unmountable,
};

/** A start on a read-only folder is refused; a later one on a writable folder is not. */
export const readOnly: Fault = {
  name: "start on a read-only folder",
  weight: 2,
  inject: async ({ volume, server, violations }) => {
    await server.kill();
    volume!.setReadOnly(true);
    const refused = await server.start().then(
      () => false,
      () => true,
    );
    if (!refused) violations.add("unserved", "a server starts on a read-only folder");
    if (server.isRunning) await server.kill();
    volume!.setReadOnly(false);
    await server.start();
  },
  unavailable: unmountable,
};

/** A copy of the folder with flipped bits: the server refuses to start or serves what is left, but no signal ends it. */
export const damagedPages: Fault = {
  name: `${FLIPPED_BITS} bits flipped in a copy of the database`,
  weight: 3,
  inject: async ({ server, choices, violations }) => {
    await server.kill();
    const copy = await mkdtemp(path.join(tmpdir(), "unclip-chaos-damaged-"));
    try {
      await cp(server.data, copy, { recursive: true });
      const file = await open(path.join(copy, "unclip.db"), "r+");
      const { size } = await file.stat();
      for (let i = 0; i < FLIPPED_BITS && size > HEADER_BYTES; i++) {
        const byte = Buffer.alloc(1);
        const at = HEADER_BYTES + choices.below(size - HEADER_BYTES);
        await file.read(byte, 0, 1, at);
        byte[0]! ^= 1 << choices.below(8);
        await file.write(byte, 0, 1, at);
      }
      await file.close();
      // Callers must not reach it: what it accepts is lost with the copy.
      const damaged = server.on(copy, await freePort());
      await damaged.start().catch(() => {});
      if (damaged.isRunning) {
        for (const query of [
          "{ jobs(first: 100) { nodes { id status events { __typename } } } }",
          "{ models { name } }",
        ]) {
          await runQuery(damaged.url, query).catch(() => {});
        }
      }
      if (damaged.endedBySignal)
        violations.add("unserved", `damaged pages end the server with ${damaged.endedBySignal}`);
      await damaged.kill();
    } finally {
      await rm(copy, { recursive: true, force: true });
      await server.start();
    }
  },
};

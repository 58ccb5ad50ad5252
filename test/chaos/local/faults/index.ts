import { clockBack, clockJump } from "./clock.ts";
import { damagedPages, diskFull, readOnly } from "./disk.ts";
import type { Fault } from "./fault.ts";
import { idleSockets, slowRequests } from "./network.ts";
import { fewDescriptors, kill, killStarting, noMemory, suspend, terminate } from "./process.ts";

/** The faults by the name that `--only` takes. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  kill,
  "kill-starting": killStarting,
  terminate,
  suspend,
  descriptors: fewDescriptors,
  memory: noMemory,
  "clock-jump": clockJump,
  "clock-back": clockBack,
  "disk-full": diskFull,
  "read-only": readOnly,
  "damaged-pages": damagedPages,
  idle: idleSockets,
  slow: slowRequests,
};

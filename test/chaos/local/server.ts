// The service of `npm start` in a process of its own. The parent chooses the engine, and moves the clock with messages.
import { openEngine } from "../../../functions/engine.ts";
import { start } from "../../../functions/local/start.ts";
import { localSettings } from "../../../infra/config/env.ts";
import { openPacedEngine } from "../../bench/engine.ts";

export type EngineKind = "paced" | "real";
export type ToServer = { readonly clockMs: number };
export type FromServer = { readonly ready: true } | ToServer;

/** Short enough for many jobs between two faults, long enough for a fault to meet running jobs. */
const PACE = { steps: 4, stepMs: 15 };

const now = Date.now.bind(Date);
let clockMs = Number(process.env.CHAOS_CLOCK_MS ?? 0);
Date.now = () => now() + clockMs;
process.on("message", (message: ToServer) => {
  clockMs = message.clockMs;
  process.send!(message);
});

const real = process.env.CHAOS_ENGINE === ("real" satisfies EngineKind);
const running = await start(localSettings(), real ? openEngine : () => openPacedEngine(PACE));
process.once("SIGTERM", () => void running.close().then(() => process.exit(0)));
process.send!({ ready: true } satisfies FromServer);

// Follows a job's events over Server-Sent Events to its end, from where it was whenever the connection is lost.
import { setTimeout as sleep } from "node:timers/promises";
import { TERMINAL_EVENT } from "../../support/schema/terminal-event.ts";
import type { Violations } from "../violations.ts";
import type { Client } from "./client.ts";

const EVENTS = "subscription ($id: ID!, $after: Int) { jobEvents(id: $id, after: $after) { __typename seq } }";
const PAUSE_MS = 50;

export async function follow(client: Client, id: string, violations: Violations): Promise<void> {
  for (let after = 0; ; await sleep(PAUSE_MS)) {
    try {
      for await (const event of client.subscribe(EVENTS, { id, after })) {
        if (event.seq !== after + 1) violations.add("lost", `${id}: event ${event.seq} came after ${after}`);
        after = event.seq;
        if (TERMINAL_EVENT.test(event.__typename)) return;
      }
    } catch {
      client.throwIfStopped();
    }
  }
}

// Parts of handlers of which one call goes wrong: it fails, or its process dies in it.
import { Fault } from "../faults.ts";
import { intercept } from "../jobs/intercept.ts";
import type { Parts } from "./socket-service.ts";

/** The call of this number, from 0, over all processes. */
export type CallOutcome = { readonly nth: number; readonly how: "fails" | "dies"; readonly when: "before" | "after" };

type Fallible = Pick<Parts, "connections" | "post" | "store" | "webhooks">;

export class FaultPlan {
  /** The calls so far. */
  readonly calls: string[] = [];
  occurred = false;
  readonly #fault: CallOutcome | undefined;

  constructor(fault?: CallOutcome) {
    this.#fault = fault;
  }

  /** The ports of one process. After its death, no call is carried out. */
  process(parts: Fallible): Fallible {
    let alive = true;
    const watched = <Port extends object>(port: Port): Port =>
      intercept(port, async (method, call) => {
        if (!alive) throw new Fault(method, "before");
        const fault = this.#fault?.nth === this.calls.length ? this.#fault : undefined;
        this.calls.push(method);
        if (!fault) return call();
        this.occurred = true;
        if (fault.when === "after") await call();
        alive = fault.how === "fails";
        throw new Fault(method, fault.when);
      });
    const { connections, post, store, webhooks } = parts;
    return {
      connections: watched(connections),
      post: watched(post),
      store: watched(store),
      webhooks: watched(webhooks),
    };
  }
}

/** All outcomes for this number of calls. A death before a call equals a death after the previous one. */
export function faultAtCall(calls: number): readonly CallOutcome[] {
  const kinds = [
    { how: "fails", when: "before" },
    { how: "fails", when: "after" },
    { how: "dies", when: "after" },
  ] as const;
  return Array.from({ length: calls }, (_, nth) => kinds.map((kind) => ({ nth, ...kind }))).flat();
}

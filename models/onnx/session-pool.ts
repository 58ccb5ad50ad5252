// The networks of an engine and how long each stays in memory: all that were ever asked for, or one at a time.
import type { NetworkSpec } from "../bundle/spec.ts";
import type { Network } from "./session.ts";

/** A network as its stage sees it. */
export type StageNetwork = Pick<Network, "spec" | "run">;

/** A network as those see it who keep it. */
export type OpenNetwork = Pick<Network, "spec" | "run" | "release">;

/** Opens the network of a stage. */
export type Opener = (spec: NetworkSpec, stage: string) => Promise<OpenNetwork>;

export type SessionPool = {
  /** Throws INVALID_BUNDLE: here, or from its first pass where it is opened no earlier. */
  get(spec: NetworkSpec, stage: string): Promise<StageNetwork>;
  close(): Promise<void>;
};

/** Opened when first asked for and kept. A failure is forgotten, so that it can be tried again. */
export class ResidentSessions implements SessionPool {
  readonly #open: Opener;
  readonly #kept = new Map<string, Promise<OpenNetwork>>();

  constructor(open: Opener) {
    this.#open = open;
  }

  get(spec: NetworkSpec, stage: string): Promise<StageNetwork> {
    const key = keyOf(spec, stage);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const opening = this.#open(spec, stage);
    this.#kept.set(key, opening);
    opening.catch(() => this.#kept.delete(key));
    return opening;
  }

  async close(): Promise<void> {
    const networks = await Promise.allSettled(this.#kept.values());
    this.#kept.clear();
    for (const network of networks) if (network.status === "fulfilled") await network.value.release();
  }
}

/**
 * Opened for its pass, once the one before is released, and kept until another one's turn. Calls at the same time take turns
 * pass by pass, so two that draw would open a network at every step: a service draws one picture after the other.
 */
export class SingleSession implements SessionPool {
  readonly #open: Opener;
  #resident: { readonly key: string; readonly network: OpenNetwork } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(open: Opener) {
    this.#open = open;
  }

  async get(spec: NetworkSpec, stage: string): Promise<StageNetwork> {
    return { spec, run: (feeds) => this.#inTurn(async () => this.#run(spec, stage, feeds)) };
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#release());
  }

  async #run(spec: NetworkSpec, stage: string, feeds: Parameters<StageNetwork["run"]>[0]) {
    const key = keyOf(spec, stage);
    if (this.#resident?.key !== key) {
      await this.#release();
      this.#resident = { key, network: await this.#open(spec, stage) };
    }
    try {
      return await this.#resident.network.run(feeds);
    } catch (error) {
      // Its process may be gone; the next pass begins anew.
      await this.#release();
      throw error;
    }
  }

  async #release(): Promise<void> {
    const resident = this.#resident;
    this.#resident = undefined;
    await resident?.network.release();
  }

  #inTurn<Out>(work: () => Promise<Out>): Promise<Out> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

function keyOf({ file }: NetworkSpec, stage: string): string {
  return `${stage}: ${file}`;
}

// The open networks of an engine: every network that was used, or one at a time.
import type { NetworkSpec } from "../bundle/networks.ts";
import type { Network } from "./session.ts";

/** A network as its stage uses it. */
export type StageNetwork = Pick<Network, "spec" | "run">;

/** A network as its pool uses it. */
export type OpenNetwork = Pick<Network, "spec" | "run" | "release">;

/** Opens the network of a stage. */
export type Opener = (spec: NetworkSpec, stage: string) => Promise<OpenNetwork>;

export type SessionPool = {
  /** Throws INVALID_BUNDLE, here or from the network's first pass, depending on when it is opened. */
  get(spec: NetworkSpec, stage: string): Promise<StageNetwork>;
  close(): Promise<void>;
};

/** Opens each network on first use and keeps it open. A failure is not cached, so that the next call tries again. */
export class ResidentSessions implements SessionPool {
  readonly #open: Opener;
  readonly #sessions = new Map<string, Promise<OpenNetwork>>();

  constructor(open: Opener) {
    this.#open = open;
  }

  get(spec: NetworkSpec, stage: string): Promise<StageNetwork> {
    const key = keyOf(spec, stage);
    const existing = this.#sessions.get(key);
    if (existing !== undefined) return existing;
    const opening = this.#open(spec, stage);
    this.#sessions.set(key, opening);
    opening.catch(() => this.#sessions.delete(key));
    return opening;
  }

  async close(): Promise<void> {
    const networks = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    for (const network of networks) if (network.status === "fulfilled") await network.value.release();
  }
}

/**
 * Keeps one session at a time: opening another first releases the current one. Concurrent calls alternate pass by pass, so two
 * of them would open a network at every step; a service runs one call at a time.
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
      // Its process may have ended: the next pass opens it again.
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

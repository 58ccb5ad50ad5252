// An engine that outlives its thread.
import { UnclipError } from "../models/errors.ts";
import type { Info, Unclip } from "../models/request.ts";

export type Restartable = {
  readonly info: Info;
  /** Rejects as the engine does. When its thread was lost, so is this call; the next one has a new engine. */
  call<Out>(act: (unclip: Unclip) => Promise<Out>): Promise<Out>;
  close(): Promise<void>;
};

/** Throws what `open` throws, at once and at a later call that had to open it again. */
export async function restartable(open: () => Promise<Unclip>): Promise<Restartable> {
  let current = open();
  const { info } = await current;

  /** Memory must be free before it is asked for again. */
  const reopen = (lost: Promise<Unclip>): Promise<Unclip> => {
    const opening = lost.then((unclip) => unclip.close()).then(open, open);
    // Who calls next hears of it.
    opening.catch(() => {});
    return opening;
  };

  return {
    info,
    call: async (act) => {
      const mine = current;
      let opened = false;
      try {
        const unclip = await mine;
        opened = true;
        return await act(unclip);
      } catch (error) {
        // Of two calls that fail with one engine, the first opens the next one.
        if ((!opened || isLost(error)) && current === mine) current = reopen(mine);
        throw error;
      }
    },
    close: async () => (await current.catch(() => undefined))?.close(),
  };
}

/** The thread, or a process of its, is gone (models/host): of use again only as another one. */
function isLost(error: unknown): boolean {
  return error instanceof UnclipError && error.code === "INTERNAL" && error.retryable;
}

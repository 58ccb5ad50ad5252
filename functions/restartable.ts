// An engine that is restarted after its thread has died.
import { UnclipError } from "../models/errors.ts";
import type { Info, Unclip } from "../models/types.ts";

type Restartable = {
  readonly info: Info;
  /** Rejects as the engine does. If the engine's thread dies, this call rejects and the next one gets a new engine. */
  call<Out>(act: (unclip: Unclip) => Promise<Out>): Promise<Out>;
  close(): Promise<void>;
};

/** Throws what `open` throws: here, and in a later call that had to restart the engine. */
export async function restartable(open: () => Promise<Unclip>): Promise<Restartable> {
  let current = open();
  const { info } = await current;

  /** Closes the dead engine first, to free its memory. */
  const reopen = (lost: Promise<Unclip>): Promise<Unclip> => {
    const opening = lost.then((unclip) => unclip.close()).then(open, open);
    // A failure is reported by the next call.
    opening.catch(() => {});
    return opening;
  };

  return {
    info,
    call: async (act) => {
      const own = current;
      let opened = false;
      try {
        const unclip = await own;
        opened = true;
        return await act(unclip);
      } catch (error) {
        // If several calls fail with the same engine, only the first restarts it.
        if ((!opened || isLost(error)) && current === own) current = reopen(own);
        throw error;
      }
    },
    close: async () => (await current.catch(() => undefined))?.close(),
  };
}

/** Whether the thread, or a process of its own, has died (models/host), so that a new engine is needed. */
function isLost(error: unknown): boolean {
  return error instanceof UnclipError && error.code === "INTERNAL" && error.retryable;
}

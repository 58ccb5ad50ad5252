// Deletes blobs that were kept for as long as their kind is kept. Each call looks at a share of the files, so that a pass
// over all of them takes about sixty calls. Blobs are kept for days; looking at every file in each call would occupy a
// processor once there are thousands of jobs.
import { DAY_MS, PREFIXES, RETENTION_DAYS } from "../jobs/keys.ts";
import { type Old, type ReportDamage, removeOld } from "./blob-files.ts";

const CALLS = 60;
/** Files of one call, at least: a fraction of a second's work. */
const FILES = 500;

const KINDS = Object.entries(RETENTION_DAYS).map(([kind, days]) => ({
  prefix: PREFIXES[kind as keyof typeof PREFIXES],
  ms: days * DAY_MS,
}));
const SHORTEST_MS = Math.min(...KINDS.map(({ ms }) => ms));

/** `removeExpired` continues the pass, or begins the next one; `close` ends it, because it holds folders open. */
export function expiredBlobs(folder: string, report: ReportDamage) {
  let now = 0;
  const old: Old = {
    mayBeOld: (at) => at < now - SHORTEST_MS,
    isOld: (key, at) => KINDS.some(({ prefix, ms }) => key.startsWith(prefix) && at < now - ms),
  };
  const begin = () => ({ files: removeOld(folder, old, report), seen: 0 });
  let pass = begin();
  /** Files that the last pass has seen. */
  let known = 0;
  return {
    /** `time`: now, in ms since 1970. */
    removeExpired: async (time: number): Promise<void> => {
      now = time;
      for (let left = Math.max(FILES, Math.ceil(known / CALLS)); left > 0; left--) {
        // After an error, too, the pass is done.
        if ((await pass.files.next()).done) {
          known = pass.seen;
          pass = begin();
          return;
        }
        pass.seen++;
      }
    },
    close: async (): Promise<void> => {
      await pass.files.return(undefined);
      pass = begin();
    },
  };
}

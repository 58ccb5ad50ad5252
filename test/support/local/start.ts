import { start } from "../../../functions/local/start.ts";
import { type LocalSettings, localSettings } from "../../../infra/config/env.ts";
import { TINY } from "../models/tiny-bundle.ts";

/** The server of `npm start` in this process, with the tiny bundle, on a free port. Closed by the caller. */
export function startOn(
  data: string,
  settings: Partial<LocalSettings> = {},
  openEngine?: Parameters<typeof start>[1],
): ReturnType<typeof start> {
  const given = { port: 0, bundle: TINY, data, logLevel: "silent", workers: 1, ...settings };
  return start({ ...localSettings({}), ...given }, openEngine);
}

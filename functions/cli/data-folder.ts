import { resolve } from "node:path";
import { cliSettings } from "../../infra/config/env.ts";
import type { Values } from "./options.ts";

/** The absolute path of the server's data folder: the one of --data, or that of its settings. */
export function dataFolder({ data }: Values): string {
  return data === undefined ? cliSettings().data : resolve(data);
}

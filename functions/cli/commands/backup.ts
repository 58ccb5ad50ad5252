import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { usageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { dataFolder } from "../data-folder.ts";

export const backup: Command = {
  name: "backup",
  summary: "copy the data folder of the server on this machine",
  usage: "FOLDER",
  takes: { min: 1, max: 1, what: "one folder that does not exist yet" },
  options: ["data"],
  about: `Copies jobs, pictures, keys and the signing secret, as they are at one moment. The server may run
meanwhile. To restore, stop the server and put the copy in place of the data folder.`,
  examples: ["backup /mnt/backups/unclip-monday"],
  prepare: async ({ positionals: [target = ""], values }) => {
    const folder = dataFolder(values);
    if (!existsSync(folder)) throw usageError(`there is no data folder at ${folder}`);
    if (existsSync(target)) throw usageError(`${target} exists already`);
    return {
      alone: async () => {
        // It loads SQLite, which would slow the start of every command.
        const { backUp } = await import("../../../infra/local/backup.ts");
        await backUp(folder, target);
        return { lines: [target], json: { data: folder, backup: resolve(target) } };
      },
    };
  },
};

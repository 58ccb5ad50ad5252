import { resolve } from "node:path";
import { cliSettings } from "../../../infra/config/env.ts";
import { keyFile } from "../../../infra/local/key-file.ts";
import { keysCommand } from "../keys.ts";

export const keys = keysCommand({
  program: "unclip",
  summary: "create, list and revoke API keys of the server on this machine",
  option: "data",
  about: `Once there is a key, the server requires one of every caller; it need not be restarted. A key is
shown only once, when it is created. Keys of one owner see the same jobs; jobs created without a key
belong to the owner "local". "unclip-aws keys" manages the keys of a deployment on AWS.`,
  examples: ['keys create "my app" --quota 32', "keys list --json"],
  open: ({ data }) => {
    const folder = data === undefined ? cliSettings().data : resolve(data);
    return { store: keyFile(folder), name: folder, withoutKeys: "its server accepts every caller on this machine" };
  },
});

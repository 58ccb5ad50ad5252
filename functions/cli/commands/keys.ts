import { keyFile } from "../../../infra/local/key-file.ts";
import { dataFolder } from "../data-folder.ts";
import { keysCommand } from "../keys.ts";

export const keys = keysCommand({
  program: "unclip",
  summary: "create, list and revoke API keys of the server on this machine",
  options: ["data"],
  about: `Once there is a key, the server requires one of every caller; it need not be restarted. A key is
shown only once, when it is created. Keys of one owner see the same jobs; jobs created without a key
belong to the owner "local". "unclip-aws keys" manages the keys of a deployment on AWS.`,
  examples: ['keys create "my app" --quota 32', "keys list --json"],
  open: (values) => {
    const folder = dataFolder(values);
    return { store: keyFile(folder), name: folder, withoutKeys: "its server accepts every caller on this machine" };
  },
});

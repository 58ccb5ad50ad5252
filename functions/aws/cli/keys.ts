import { usageError } from "../../cli/arguments.ts";
import { keysCommand } from "../../cli/keys.ts";
import { openKeyStore } from "../admin.ts";

export const keys = keysCommand({
  program: "unclip-aws",
  summary: "create, list and revoke API keys of a deployment",
  option: "table",
  about: `The table is the output TableName of the stack with the data. Every request to the API needs a key.
A key is shown only once, when it is created. Keys of one owner see the same jobs.`,
  examples: ['keys create "my app" --table TABLE', "keys list --json --table TABLE"],
  open: ({ table }) => {
    if (table === undefined) throw usageError("keys needs the name of a table: --table TABLE");
    return { store: openKeyStore(table), name: table, withoutKeys: "no caller is accepted without one" };
  },
});

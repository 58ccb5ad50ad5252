import { usageError } from "../../cli/arguments.ts";
import { readDeployment } from "../../cli/deployments.ts";
import { keysCommand } from "../../cli/keys.ts";
import { openKeyStore } from "../admin.ts";

export const keys = keysCommand({
  program: "unclip-aws",
  summary: "create, list and revoke API keys of a deployment",
  options: ["table", "deployment"],
  about: `The table is the output TableName of the stack with the data. Every request to the API needs a key.
A key is shown only once, when it is created. Keys of one owner see the same jobs.`,
  examples: ['keys create "my app" --deployment NAME', "keys list --json --table TABLE"],
  open: ({ table, deployment }) => {
    const name = deployment === undefined ? table : readDeployment(deployment).outputs.TableName;
    if (name === undefined)
      throw usageError("keys needs a deployment or its table: --deployment NAME or --table TABLE");
    if (table !== undefined && name !== table) throw usageError("--deployment and --table cannot be used together");
    return { store: openKeyStore(name), name, withoutKeys: "no caller is accepted without one" };
  },
});

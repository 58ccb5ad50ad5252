import { deleteOwner as deleteJobsOf } from "../../../infra/jobs/deletion.ts";
import { usageError } from "../../cli/arguments.ts";
import type { Command } from "../../cli/command.ts";
import { readDeployment } from "../../cli/deployments.ts";
import { openStores } from "../admin.ts";

export const deleteOwner: Command = {
  name: "delete-owner",
  summary: "delete everything that a deployment stores for an owner",
  usage: "OWNER",
  takes: { min: 1, max: 1, what: "one owner, as keys list shows it" },
  options: ["deployment"],
  about: `Revokes the owner's API keys, ends the owner's jobs, and deletes their records, pictures and uploads. The
backup of the table keeps deleted records for 35 days. An owner who signs in with a token can come
back until the issuer refuses the token.`,
  examples: ["delete-owner team-2 --deployment unclip"],
  prepare: async ({ positionals: [owner], values: { deployment } }) => {
    if (deployment === undefined) throw usageError("delete-owner needs --deployment NAME");
    const { TableName, BucketName } = readDeployment(deployment).outputs;
    if (BucketName === undefined) throw usageError(`connect ${deployment} again: its bucket is not known`);
    return {
      alone: async () => {
        const { keys, ...ports } = openStores(TableName, BucketName);
        // First, so that no new job comes.
        const own = (await keys.list()).filter((key) => key.owner === owner);
        for (const { id } of own) await keys.revoke(id);
        const jobs = await deleteJobsOf(owner!, ports);
        const json = { owner, jobs, keys: own.length };
        return { lines: [`${jobs} jobs and ${own.length} keys of ${owner} are deleted`], json };
      },
    };
  },
};

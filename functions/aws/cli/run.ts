// The command line `unclip-aws`.

import { VERSION } from "../../../models/version.ts";
import type { Program } from "../../cli/command.ts";
import { completionCommand } from "../../cli/commands/completion.ts";
import { type Output, runProgram } from "../../cli/program.ts";
import { connect } from "./connect.ts";
import { deleteOwner } from "./delete-owner.ts";
import { doctor } from "./doctor.ts";
import { keys } from "./keys.ts";
import { stack } from "./stack.ts";

const UNCLIP_AWS: Program = {
  name: "unclip-aws",
  version: VERSION,
  title: "checks an AWS account, manages API keys of a deployment, and reads its stack traces",
  commands: [doctor, connect, keys, deleteOwner, stack, completionCommand("unclip-aws", () => UNCLIP_AWS)],
  about: `Region and credentials are those of the AWS command line (AWS_REGION, AWS_PROFILE ...).`,
  exitCodes: { 0: "done", 1: "failed, or something would stop a deployment", 2: "wrong request" },
};

/** Rejects if the command fails. */
export function run(argv: readonly string[]): Promise<Output> {
  return runProgram(UNCLIP_AWS, argv);
}

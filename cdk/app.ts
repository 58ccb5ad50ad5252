// The CDK app of this repository, run by `cdk synth` and `cdk deploy`. Synthesis needs neither Docker nor an account.
import { App } from "aws-cdk-lib";
import { ConfigError } from "../infra/config/parsers.ts";
import { buildCode } from "./build.ts";
import { CODE_FOLDER } from "./code-folder.ts";
import { makeStacks } from "./stacks.ts";

try {
  await buildCode(CODE_FOLDER);
  const app = new App();
  makeStacks(app);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`unclip: ${error.message}`);
  process.exitCode = 1;
}

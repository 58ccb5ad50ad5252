// What `cdk synth` and `cdk deploy` run. Needs neither Docker nor an account.
import path from "node:path";
import { App } from "aws-cdk-lib";
import { ConfigError } from "../infra/config/parsers.ts";
import { bundleFunctions } from "./build-lambdas.ts";
import { makeStacks } from "./unclip.ts";

const root = path.resolve(import.meta.dirname, "..");
const code = path.join(root, "cdk.out", "code");

try {
  await bundleFunctions(root, code);
  const app = new App();
  makeStacks(app, { root, code: (entry) => path.join(code, entry) });
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`unclip: ${error.message}`);
  process.exitCode = 1;
}

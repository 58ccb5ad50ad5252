// `npm run deploy`: `cdk deploy`, then `unclip-aws connect`, so that `unclip --deployment NAME` works at once.
import { spawnSync } from "node:child_process";
import path from "node:path";

const OUTPUTS = path.join("cdk.out", "outputs.json");

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

run("npx", ["cdk", "deploy", "--all", "--outputs-file", OUTPUTS, ...process.argv.slice(2)]);
run(process.execPath, ["--import", "tsx", path.join("functions", "aws", "cli", "main.ts"), "connect", OUTPUTS]);

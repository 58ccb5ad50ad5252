// The templates of an earlier commit, as somebody has deployed them: the fixture of tests that update a deployment.
// `npx tsx test/support/cdk/deployed.ts` writes it anew. Do so at each release, never to make a test pass.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { EVERYTHING, ROOT, synthesise, type Templates } from "./synth.ts";

const FILE = path.join(ROOT, "test", "cdk", "fixtures", "deployed.json.gz");

export type Deployed = {
  readonly commit: string;
  /** With which today's templates are made too. */
  readonly settings: Readonly<Record<string, string>>;
  readonly templates: Templates;
};

export function readDeployed(): Deployed {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString());
}

/** Without a customer managed key, which must exist before the stacks do. */
function writeDeployed(): void {
  const { key: _, ...others } = EVERYTHING;
  const settings = { ...others, name: "earlier" };
  const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  const deployed: Deployed = { commit, settings, templates: synthesise(settings).templates };
  writeFileSync(FILE, gzipSync(JSON.stringify(deployed), { level: 9 }));
}

if (process.argv[1] === import.meta.filename) writeDeployed();

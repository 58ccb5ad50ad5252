// npm run bench:gateway: the CPU time of a cold start of the function that answers queries, as it is deployed, beside bare
// ones of the same libraries, which esbuild bundles by its defaults or as this repository does.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build, type Metafile } from "esbuild";
import { buildLambdas, esbuildOptions } from "../../../cdk/build-lambdas.ts";
import { readBundleInfo } from "../../../cdk/bundle-info.ts";
import { AWS_VARIABLES } from "../../../infra/config/env.ts";
import { median, writeTable } from "../../../models/training/bench/report.ts";
import { ms } from "../numbers.ts";
import { type KeyTable, keyTable } from "./table.ts";

const ROUNDS = 15;
const root = path.resolve(import.meta.dirname, "../../..");
const run = promisify(execFile);

type Probe = { readonly import: number; readonly first: number; readonly second: number };
type Subject = {
  readonly entry: string;
  /** Bytes that are read before the first query. */
  readonly bytes: number;
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly env: Record<string, string>;
};

/** Bytes of an entry and its static imports. Dynamic imports, such as GraphiQL's page, are not loaded. */
function loaded({ outputs }: Metafile, entry: string, seen = new Set<string>()): number {
  if (seen.has(entry)) return 0;
  seen.add(entry);
  const { bytes, imports } = outputs[entry]!;
  const atOnce = imports.filter(({ kind, external }) => kind === "import-statement" && !external);
  return atOnce.reduce((sum, { path: next }) => sum + loaded({ inputs: {}, outputs }, next, seen), bytes);
}

const outputOf = ({ outputs }: Metafile, name: string): string =>
  Object.keys(outputs).find((file) => path.basename(file) === `${name}.mjs`)!;

/** What Lambda and the stacks set for every function (cdk/function.ts). */
const deployed = (url: string) => ({
  NODE_ENV: "production",
  AWS_ENDPOINT_URL: url,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "nobody",
  AWS_SECRET_ACCESS_KEY: "nothing",
});

type Bundling = "by default" | "like ours";

async function small(
  name: "bare" | "keyed",
  bundling: Bundling,
  folder: string,
  { url, secret }: KeyTable,
): Promise<Subject> {
  const { mainFields, ...defaults } = esbuildOptions(root);
  const { metafile } = await build({
    ...defaults,
    ...(bundling === "like ours" && { mainFields }),
    entryPoints: { [name]: `test/bench/gateway/${name}.ts` },
    outdir: path.join(folder, `${name} ${bundling}`),
    outExtension: { ".js": ".mjs" },
    splitting: true,
  });
  const entry = outputOf(metafile, name);
  const headers = { authorization: `Bearer ${secret}` };
  return { entry, bytes: loaded(metafile, entry), query: "{ hello }", headers, env: deployed(url) };
}

async function gateway(folder: string, { url, secret }: KeyTable): Promise<Subject> {
  const { graphql: metafile } = await buildLambdas(root, path.join(folder, "functions"));
  const entry = outputOf(metafile!, "graphql");
  const env = {
    ...deployed(url),
    [AWS_VARIABLES.table]: "jobs",
    [AWS_VARIABLES.bucket]: "pictures",
    [AWS_VARIABLES.queue]: `${url}/jobs`,
    [AWS_VARIABLES.secret]: "secret",
    [AWS_VARIABLES.embedder]: "embed",
    [AWS_VARIABLES.model]: readBundleInfo(path.join(root, "models", "bundles", "picto")).info,
  };
  const headers = { authorization: `Bearer ${secret}` };
  return { entry, bytes: loaded(metafile!, entry), query: "{ viewer { owner } }", headers, env };
}

async function probe({ entry, query, headers, env }: Subject): Promise<Probe> {
  const event = {
    rawPath: "/graphql",
    rawQueryString: "",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
    isBase64Encoded: false,
    requestContext: { http: { method: "POST" }, domainName: "localhost", requestId: "bench" },
  };
  const words = [path.join(import.meta.dirname, "probe.mjs"), path.join(root, entry), JSON.stringify(event)];
  const { stdout } = await run(process.execPath, words, { env });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const folder = mkdtempSync(path.join(tmpdir(), "unclip-gateway-"));
const table = await keyTable();
try {
  const subjects = [
    await gateway(folder, table),
    await small("bare", "by default", folder, table),
    await small("keyed", "by default", folder, table),
    await small("keyed", "like ours", folder, table),
  ];
  const probes = subjects.map((): Probe[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, subject] of subjects.entries()) probes[i]!.push(await probe(subject));
  }
  const line = (what: string, show: (value: number) => string, of: (subject: Subject, probe: Probe) => number) => {
    const [ours, ...others] = subjects.map((subject, i) => median(probes[i]!.map((probe) => of(subject, probe))));
    const beside = others.map((theirs) => `${show(theirs)} (${(ours! / theirs).toFixed(2)}x)`);
    return `| ${[what, show(ours!), ...beside].join(" | ")} |`;
  };
  const report = [
    `${process.version}, ${new Date().toISOString().slice(0, 10)}, medians of ${ROUNDS} rounds.`,
    "",
    "| | the function | bare Yoga and Pothos | with a key looked up through the SDK | the same, bundled like the function |",
    "|---|---|---|---|---|",
    line(
      "JavaScript read at a cold start",
      (value) => `${Math.round(value / 1024)} KB`,
      ({ bytes }) => bytes,
    ),
    line("import", ms, (_, probe) => probe.import),
    line("first query", ms, (_, probe) => probe.first),
    line("import and first query", ms, (_, probe) => probe.import + probe.first),
    line("second query", ms, (_, probe) => probe.second),
  ].join("\n");
  writeTable("docs/reports/performance.md", "gateway", report);
  process.stdout.write(`${report}\n`);
} finally {
  table.close();
  rmSync(folder, { recursive: true });
}

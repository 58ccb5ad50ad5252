import { readFileSync } from "node:fs";
import { authenticateKey, mintKey, QUOTA } from "../../../infra/auth/api-keys.ts";
import { usageError } from "../../cli/arguments.ts";
import type { Command } from "../../cli/command.ts";
import { type Deployment, findDeployment, OUTPUT_NAMES, type Outputs, writeDeployment } from "../../cli/deployments.ts";
import { openKeyStore } from "../admin.ts";

/** Parts of a deployment that have a stack each, in this repository's app (cdk/parts.ts). */
const PARTS = /-(data|workers|api|maintenance|gpu|observability|budget)$/;

export const connect: Command = {
  name: "connect",
  summary: "let the command line find a deployment, and create its first API key",
  usage: "FILE",
  takes: { min: 1, max: 1, what: "one file, as cdk deploy --outputs-file writes it" },
  options: [],
  about: `Notes the URLs and the table of each deployment in FILE in the data folder (UNCLIP_DATA or .unclip),
under the deployment's name, together with an API key that it creates the first time. Only you may
read that file. From then on, --deployment NAME stands for --url, --key and --table.`,
  examples: ["connect cdk.out/outputs.json"],
  prepare: async ({ positionals: [file] }) => {
    const found = parseOutputs(readOutputs(file!));
    if (found.size === 0) throw usageError(`${file} has no outputs of an unclip deployment`);
    return {
      alone: async () => {
        const done = await Promise.all(Array.from(found, ([name, outputs]) => connectOne(name, outputs)));
        return {
          lines: done.map(({ name, file, created }) => `${name}: ${file}${created ? ", with a new API key" : ""}`),
          json: { deployments: done },
          summary: `Try it: unclip generate "a red apple" --deployment ${done[0]!.name}`,
        };
      },
    };
  },
};

/** A key that was revoked since then is replaced, like one of an earlier deployment of the same name. */
async function connectOne(name: string, outputs: Deployment["outputs"]) {
  const keys = openKeyStore(outputs.TableName);
  const known = findDeployment(name)?.key;
  if (known !== undefined && (await authenticateKey(keys, `Bearer ${known}`)) !== undefined) {
    return { name, file: writeDeployment({ name, outputs, key: known }), created: false };
  }
  const { key, secret } = mintKey({ name: "first key", owner: "first", quota: QUOTA.default }, Date.now());
  await keys.add(key);
  return { name, file: writeDeployment({ name, outputs, key: secret }), created: true };
}

type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * By the name of the deployment: that of this app's stacks without the part, or that of another app's stack. In another
 * app, an output is called after its path and ends in a hash ("UnclipApiUrl6A9F1C02").
 */
export function parseOutputs(stacks: StackOutputs): ReadonlyMap<string, Deployment["outputs"]> {
  const all = new Map<string, Record<string, string>>();
  for (const [stack, outputs] of Object.entries(stacks)) {
    const name = stack.replace(PARTS, "");
    const merged = all.get(name) ?? {};
    all.set(name, merged);
    for (const [key, value] of Object.entries(outputs)) {
      const known = OUTPUT_NAMES.find((one) => new RegExp(`(^|Api|Sockets|Data|Gpu)${one}([0-9A-F]{8})?$`).test(key));
      if (known !== undefined) merged[known] = value;
    }
  }
  const complete = (outputs: Outputs): outputs is Deployment["outputs"] =>
    outputs.Url !== undefined && outputs.TableName !== undefined;
  return new Map([...all].flatMap(([name, outputs]) => (complete(outputs) ? [[name, outputs]] : [])));
}

function readOutputs(file: string): StackOutputs {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw usageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

import { spawnSync } from "node:child_process";
import { queryClient } from "../../../infra/aws/clients/query.ts";
import { sqsClient } from "../../../infra/aws/clients/sqs.ts";
import type { Finding } from "../../../infra/aws/finding.ts";
import { operate } from "../../../infra/aws/live.ts";
import { usageError } from "../../cli/arguments.ts";
import { columns } from "../../cli/columns.ts";
import type { Command } from "../../cli/command.ts";
import { type Deployment, readDeployment } from "../../cli/deployments.ts";
import { examineAccount } from "../admin.ts";
import { draw } from "./live-draws.ts";

const SIGNS = { ok: "ok", warning: "WARNING", problem: "PROBLEM" } as const;
const WORKERS = { min: 1, max: 1_000, default: 10 } as const;
/** The default of unclip:zones. */
const ZONES = 3;

export const doctor: Command = {
  name: "doctor",
  summary: "check whether your AWS account is ready for a deployment",
  usage: "",
  takes: { min: 0, max: 0, what: "no words" },
  options: ["gpu", "workers", "zones", "kms-key", "built-image", "live", "deployment"],
  about: `Reads from AWS and changes nothing: who you are, whether the CDK may deploy, how many functions may
run at once, whether CloudFront may be refused, with --gpu how many GPU machines and in how many zones,
and with --kms-key whether the key's policy lets the deployment use it. Checks Docker on this machine
too, because it builds the worker image, unless --built-image says that one is built. The exit code is 1
if something would stop the deployment.

With --live, it checks a deployment at work instead: draws over HTTP and over WebSocket, follows the
jobs, opens a picture by its URL, sets an alarm and reads whether its notification went out, and moves
a dead letter back to its queue. It leaves two jobs and one alarm mail.`,
  examples: [
    "doctor",
    "doctor --gpu --workers 4",
    "doctor --kms-key arn:aws:kms:eu-west-1:123456789012:key/1111",
    "doctor --built-image",
    "doctor --live --deployment unclip",
  ],
  prepare: async ({
    values: {
      gpu = false,
      workers = WORKERS.default,
      zones = ZONES,
      "kms-key": key,
      "built-image": built = false,
      live = false,
      deployment,
    },
  }) => {
    if (live !== (deployment !== undefined)) throw usageError("--live and --deployment NAME belong together");
    if (!Number.isInteger(workers) || workers < WORKERS.min || workers > WORKERS.max) {
      throw usageError(`--workers must be a whole number from ${WORKERS.min} to ${WORKERS.max}, not ${workers}`);
    }
    const examine =
      deployment === undefined
        ? async () => [...(await examineAccount({ gpu, workers, zones, key })), ...(built ? [] : [docker()])]
        : () => examineDeployment(readDeployment(deployment));
    return {
      alone: async () => {
        const findings = await examine();
        const rows = findings.map(({ subject, state, found }) => [SIGNS[state], subject, found]);
        const problems = findings.filter(({ state }) => state === "problem").length;
        return {
          lines: columns([["", "what", "found"], ...rows]),
          json: { ready: problems === 0, findings },
          warnings: findings.flatMap(({ subject, advice }) => (advice === undefined ? [] : [`${subject}: ${advice}`])),
          failed: problems > 0,
        };
      },
    };
  },
};

function docker(): Finding {
  const subject = "Docker";
  const { status, stdout } = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { encoding: "utf8" });
  if (status === 0) return { subject, state: "ok", found: stdout.trim() };
  const advice =
    "start Docker (or Finch, with CDK_DOCKER=finch): this machine builds the worker image; or deploy a built one with -c unclip:image";
  return { subject, state: "problem", found: "no engine answers", advice };
}

/** Uses the deployment. Never rejects. */
async function examineDeployment(deployment: Deployment): Promise<readonly Finding[]> {
  const monitoring = queryClient("monitoring", "2010-08-01");
  const sns = queryClient("sns", "2010-03-31");
  const { outputs } = deployment;
  return [...(await draw(deployment)), ...(await operate({ outputs, monitoring, sns, sqs: sqsClient() }))];
}

import { spawnSync } from "node:child_process";
import type { Finding } from "../../../infra/aws/doctor.ts";
import { usageError } from "../../cli/arguments.ts";
import { columns } from "../../cli/columns.ts";
import type { Command } from "../../cli/command.ts";
import { examineAccount } from "../admin.ts";

const SIGNS = { ok: "ok", warning: "WARNING", problem: "PROBLEM" } as const;
const WORKERS = { min: 1, max: 1_000, default: 10 } as const;

export const doctor: Command = {
  name: "doctor",
  summary: "check whether your AWS account is ready for a deployment",
  usage: "",
  takes: { min: 0, max: 0, what: "no words" },
  options: ["gpu", "workers", "built-image"],
  about: `Reads from AWS and changes nothing: who you are, whether the CDK may deploy, how many functions may
run at once, whether CloudFront may be refused and, with --gpu, how many GPU machines. Checks Docker on
this machine too, because it builds the worker image, unless --built-image says that one is built. The exit
code is 1 if something would stop the deployment.`,
  examples: ["doctor", "doctor --gpu --workers 4", "doctor --built-image"],
  prepare: async ({ values: { gpu = false, workers = WORKERS.default, "built-image": built = false } }) => {
    if (!Number.isInteger(workers) || workers < WORKERS.min || workers > WORKERS.max) {
      throw usageError(`--workers must be a whole number from ${WORKERS.min} to ${WORKERS.max}, not ${workers}`);
    }
    return {
      alone: async () => {
        const findings = [...(await examineAccount({ gpu, workers })), ...(built ? [] : [docker()])];
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

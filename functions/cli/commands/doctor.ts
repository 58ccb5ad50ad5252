import { spawnSync } from "node:child_process";
import { usageError } from "../arguments.ts";
import { columns } from "../columns.ts";
import type { Command } from "../command.ts";

type Finding = Awaited<ReturnType<typeof import("../../aws/admin.ts").doctor>>[number];

const SIGNS = { ok: "ok", warning: "WARNING", problem: "PROBLEM" } as const;
const WORKERS = { min: 1, max: 1_000, default: 10 } as const;

export const doctor: Command = {
  name: "doctor",
  summary: "look whether an AWS account is ready for a deployment",
  usage: "--aws",
  takes: { min: 0, max: 0, what: "no words" },
  options: ["aws", "gpu", "workers"],
  about: `Asks AWS, and changes nothing: who you are, whether CDK may deploy, how many functions may run at once,
and with --gpu how many GPU machines. Docker must run here, because the workers' image is built here.
Ends with 1 where something would stop the deployment. This machine is told of by "unclip info".`,
  examples: ["doctor --aws", "doctor --aws --gpu --workers 4"],
  prepare: async ({ values: { aws, gpu = false, workers = WORKERS.default } }) => {
    if (!aws) throw usageError('doctor looks at an AWS account: doctor --aws; for this machine, "unclip info"');
    if (!Number.isInteger(workers) || workers < WORKERS.min || workers > WORKERS.max) {
      throw usageError(`--workers must be a whole number from ${WORKERS.min} to ${WORKERS.max}, not ${workers}`);
    }
    return {
      alone: async () => {
        const operator = await import("../../aws/admin.ts");
        const findings = [...(await operator.doctor({ gpu, workers })), docker()];
        const rows = findings.map(({ what, state, found }) => [SIGNS[state], what, found]);
        const problems = findings.filter(({ state }) => state === "problem").length;
        return {
          lines: columns([["", "what", "found"], ...rows]),
          json: { ready: problems === 0, findings },
          warnings: findings.flatMap(({ what, advice }) => (advice === undefined ? [] : [`${what}: ${advice}`])),
          failed: problems > 0,
        };
      },
    };
  },
};

function docker(): Finding {
  const what = "Docker";
  const { status, stdout } = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { encoding: "utf8" });
  if (status === 0) return { what, state: "ok", found: stdout.trim() };
  const advice = "start Docker (or Finch, with CDK_DOCKER=finch): the workers' image is built on this machine";
  return { what, state: "problem", found: "no engine answers", advice };
}

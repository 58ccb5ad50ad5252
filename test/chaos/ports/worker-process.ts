// A worker of the AWS adapters that dies by SIGKILL.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AwsPlace } from "./aws.ts";
import type { MortalWorker } from "./worker.ts";

/** `file` is the bundled worker-entry.ts. */
export function startWorkerProcess(file: string, place: AwsPlace): MortalWorker {
  const child = spawn(process.execPath, [file, JSON.stringify(place)], {
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = () => void child.kill("SIGKILL");
  const ended = once(child, "exit");
  const ready = Promise.race([ended, once(child.stdout, "data")]);
  return { death: "SIGKILL of a worker", ready, die: end, stop: end, ended };
}

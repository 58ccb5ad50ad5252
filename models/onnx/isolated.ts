// A network in a process of its own. When that process ends, the machine has all of its memory back; a session that is only
// released gives back a fifth to a half of it (docs/reports/performance.md).
import { type ChildProcess, fork } from "node:child_process";
import type { NetworkSpec } from "../bundle/spec.ts";
import { UnclipError } from "../errors.ts";
import { entryPoint } from "../host/entry-point.ts";
import { type Failure, toError } from "../host/protocol.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Feeds, SessionOptions } from "./session.ts";
import type { OpenNetwork } from "./session-pool.ts";

export type Opening = {
  readonly path: string;
  readonly spec: NetworkSpec;
  readonly stage: string;
  readonly options: SessionOptions;
};
export type ToProcess = { readonly open: Opening } | { readonly run: Feeds };
export type FromProcess =
  | { readonly opened: true }
  | { readonly outputs: Readonly<Record<string, Pick<Tensor, "data" | "shape">>> }
  | { readonly failure: Failure };

/** As Network.open, and throws what it throws. What is open here runs one pass at a time. */
export async function openIsolated(opening: Opening): Promise<OpenNetwork> {
  const network = new Apart(opening);
  try {
    await network.ask({ open: opening });
  } catch (error) {
    await network.release();
    throw error;
  }
  return network;
}

class Apart implements OpenNetwork {
  readonly spec: NetworkSpec;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #death: UnclipError | undefined;
  #waiting: { readonly resolve: (answer: FromProcess) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor({ spec, stage }: Opening) {
    const { file, argv } = entryPoint("isolated-process", import.meta.url);
    this.spec = spec;
    this.#name = `${stage}: ${spec.file}`;
    this.#child = fork(file, argv, {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (answer: FromProcess) => this.#waiting?.resolve(answer));
    this.#ended = new Promise((resolve) => {
      const end = (why: string, cause?: unknown) => {
        this.#death ??= new UnclipError("INTERNAL", `${this.#name}: its process ${why}`, { retryable: true, cause });
        this.#waiting?.reject(this.#death);
        resolve();
      };
      this.#child.once("error", (cause) => end(`could not be started: ${cause.message}`, cause));
      this.#child.once("exit", (code, signal) => end(ending(code, signal)));
    });
  }

  async run(feeds: Feeds): Promise<Record<string, Tensor>> {
    const answer = await this.ask({ run: feeds });
    if (!("outputs" in answer)) throw new UnclipError("INTERNAL", `${this.#name}: its process gave no outputs`);
    return Object.fromEntries(
      Object.entries(answer.outputs).map(([name, { data, shape }]) => [name, new Tensor(data, shape)]),
    );
  }

  /** Throws what went wrong there, or that the process is gone. */
  async ask(question: ToProcess): Promise<FromProcess> {
    if (this.#death !== undefined) throw this.#death;
    const answer = await new Promise<FromProcess>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.send(question, (error) => error && reject(error));
    });
    if ("failure" in answer) throw toError(answer.failure);
    return answer;
  }

  /** Ends the process, and waits until its memory is free. */
  async release(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === "SIGKILL") return "was killed, as systems do when memory runs out";
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}

// A network in its own process. All of its memory is free again when that process ends; releasing a session frees only a fifth
// to a half of it (docs/reports/performance.md).
import { type ChildProcess, fork } from "node:child_process";
import type { NetworkSpec } from "../bundle/networks.ts";
import { entryPoint } from "../entry-point.ts";
import { type Failure, toError } from "../error-transfer.ts";
import { UnclipError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Feeds, SessionOptions } from "./session.ts";
import type { OpenNetwork } from "./session-pool.ts";
import { disableTelemetry } from "./telemetry.ts";

/** Settings of malloc (docs/reports/performance.md). Huge pages save time and memory. */
const HUGE_PAGES = "glibc.malloc.hugetlb=1";
/**
 * Blocks of 4 MiB and more are returned to the system at once. glibc alone raises the limit to 32 MiB and keeps what is below it:
 * twice what an autoencoder needs. U-Nets would be a quarter slower.
 */
const RETURN_BLOCKS = `${HUGE_PAGES}:glibc.malloc.mmap_threshold=4194304`;

type OpenOptions = {
  readonly path: string;
  readonly spec: NetworkSpec;
  readonly stage: string;
  readonly options: SessionOptions;
};
/** `kept` names the feeds of the pass before that are used again: a prior's cache has 50 MB, and is the same at every step. */
export type ToProcess = { readonly open: OpenOptions } | { readonly run: Feeds; readonly kept: readonly string[] };
export type FromProcess =
  | { readonly opened: true }
  | { readonly outputs: Readonly<Record<string, Pick<Tensor, "data" | "shape">>> }
  | { readonly failure: Failure };

/** Like Network.open, with the same errors. The network runs one pass at a time. */
export async function openIsolated(opening: OpenOptions): Promise<OpenNetwork> {
  const network = new IsolatedNetwork(opening);
  try {
    await network.request({ open: opening });
  } catch (error) {
    await network.release();
    throw error;
  }
  return network;
}

class IsolatedNetwork implements OpenNetwork {
  readonly spec: NetworkSpec;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #death: UnclipError | undefined;
  /** Of the pass before. */
  #feeds: Feeds = {};
  #waiting:
    | { readonly resolve: (response: FromProcess) => void; readonly reject: (error: unknown) => void }
    | undefined;

  constructor({ spec, stage }: OpenOptions) {
    const { file, argv } = entryPoint("isolated-process", import.meta.url);
    this.spec = spec;
    this.#name = `${stage}: ${spec.file}`;
    disableTelemetry();
    this.#child = fork(file, argv, {
      execArgv: [],
      env: { GLIBC_TUNABLES: stage === "autoencoder" ? RETURN_BLOCKS : HUGE_PAGES, ...process.env },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (response: FromProcess) => this.#waiting?.resolve(response));
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
    const kept = Object.keys(feeds).filter((name) => feeds[name] === this.#feeds[name]);
    const changed = Object.fromEntries(Object.entries(feeds).filter(([name]) => !kept.includes(name)));
    this.#feeds = feeds;
    const response = await this.request({ run: changed, kept });
    if (!("outputs" in response)) throw new UnclipError("INTERNAL", `${this.#name}: its process returned no outputs`);
    return Object.fromEntries(
      Object.entries(response.outputs).map(([name, { data, shape }]) => [name, new Tensor(data, shape)]),
    );
  }

  /** Throws the error of the process, or INTERNAL (retryable) when it has ended. */
  async request(message: ToProcess): Promise<FromProcess> {
    if (this.#death !== undefined) throw this.#death;
    const response = await new Promise<FromProcess>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      // A process that cannot be written to has ended or is killed: its exit rejects the call.
      this.#child.send(message, (error) => error && this.#child.kill("SIGKILL"));
    });
    if ("failure" in response) throw toError(response.failure);
    return response;
  }

  /** Kills the process and waits until its memory is free. */
  async release(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === "SIGKILL") return "was killed, perhaps because memory ran out";
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}

// A server that faults are done to: it is started, killed, suspended and started again on the same port and data folder.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { EngineKind, FromServer, ToServer } from "./server.ts";

export type ServerOptions = {
  /** The bundled server (build.ts). */
  readonly file: string;
  readonly data: string;
  readonly port: number;
  readonly engine: EngineKind;
};

/** A start waits for the port and the database of a process that is still ending, and on a busy machine for its turn. */
const START_MS = 900_000;
const BUNDLE = "test/bundles/tiny";

export class ServerProcess {
  readonly url: string;
  readonly data: string;
  readonly #options: ServerOptions;
  #child: ChildProcess | undefined;
  #stderr: string[] = [];
  #clockMs = 0;
  #kills = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.data = options.data;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The signal that ended the process, if one did. */
  get endedBySignal(): string | undefined {
    return this.#child?.signalCode ?? undefined;
  }

  /** Processes that `kill` has ended. */
  get kills(): number {
    return this.#kills;
  }

  /** Another server, on a folder and port of its own. */
  on(data: string, port: number): ServerProcess {
    return new ServerProcess({ ...this.#options, data, port });
  }

  /** Does not wait until the server responds. */
  spawn(): void {
    const { file, data, port, engine } = this.#options;
    this.#stderr = [];
    this.#child = spawn(process.execPath, [file], {
      env: {
        ...process.env,
        PORT: String(port),
        UNCLIP_DATA: data,
        UNCLIP_BUNDLE: BUNDLE,
        UNCLIP_LOG: "error",
        UNCLIP_QUOTA: "100000",
        UNCLIP_WEBHOOKS: "loopback",
        CHAOS_ENGINE: engine,
        CHAOS_CLOCK_MS: String(this.#clockMs),
      },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#stderr.push(text));
  }

  /** Resolves when the server responds. Rejects with its standard error when it ends before. */
  async start(): Promise<void> {
    this.spawn();
    const child = this.#child!;
    const signal = AbortSignal.timeout(START_MS);
    const ended = once(child, "exit", { signal }).then(([code, name]) => {
      throw new Error(`The server ended with ${code ?? name}: ${this.#stderr.join("")}`);
    });
    const ready = once(child, "message", { signal });
    // Only the first of them counts.
    for (const one of [ended, ready]) one.catch(() => {});
    await Promise.race([ended, ready]);
  }

  async kill(): Promise<void> {
    if ((await this.#end("SIGKILL")) === "SIGKILL") this.#kills++;
  }

  /** Returns the exit code of a graceful shutdown, the signal's name or `ended before`. */
  async terminate(): Promise<number | string> {
    return this.#end("SIGTERM");
  }

  suspend(): void {
    this.#child!.kill("SIGSTOP");
  }

  resume(): void {
    this.#child!.kill("SIGCONT");
  }

  /** Moves the clock of this process and of those started later, relative to the true time. */
  async setClock(clockMs: number): Promise<void> {
    this.#clockMs = clockMs;
    if (!this.isRunning) return;
    const child = this.#child!;
    const moved = once(child, "message") as Promise<[FromServer]>;
    child.send({ clockMs } satisfies ToServer);
    await moved;
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<number | string> {
    const child = this.#child!;
    if (!this.isRunning) return "ended before";
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
    return child.exitCode ?? child.signalCode!;
  }
}

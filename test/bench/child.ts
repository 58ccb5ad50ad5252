// A file of the bench in a process of its own, so that no two sides share an event loop: the parent calls its functions by
// name. All of them run under the same flags.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

// biome-ignore lint/suspicious/noExplicitAny: each function has the options and the answer that it wants.
type Functions = Readonly<Record<string, (options: any) => unknown>>;

export type Child<F extends Functions> = {
  /** Rejects with what the function threw, or when the process ends. */
  call<Name extends keyof F & string>(
    name: Name,
    options: Parameters<F[Name]>[0],
  ): Promise<Awaited<ReturnType<F[Name]>>>;
  end(): Promise<void>;
};

type Question = { readonly id: number; readonly name: string; readonly options: unknown };
type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

/** `file` is relative to this folder; it says `answer(...)` when it can be called. */
export function startChild<F extends Functions>(file: string, flags: readonly string[] = []): Child<F> {
  const process = fork(join(import.meta.dirname, file), {
    execArgv: ["--import", "tsx", "--expose-gc", ...flags],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  passTrouble(process);
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  process.on("message", ({ id, value, error }: Answer) => {
    if (error === undefined) open.get(id)?.resolve(value);
    else open.get(id)?.reject(new Error(error));
    open.delete(id);
  });
  process.once("exit", (code) => {
    for (const { reject } of open.values()) reject(new Error(`${file} ended with code ${code}`));
  });
  let calls = 0;
  return {
    call: (name, options) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        open.set(id, { resolve: resolve as (value: unknown) => void, reject });
        process.send({ id, name, options } satisfies Question);
      }),
    end: async () => {
      const ended = once(process, "exit");
      process.disconnect();
      await ended;
    },
  };
}

/** In the child: functions to be called; `close` runs when the parent has no more questions. */
export function answer(functions: Functions, close: () => unknown = () => {}): void {
  process.on("message", async ({ id, name, options }: Question) => {
    const answered: Answer = await Promise.resolve()
      .then(() => functions[name]!(options))
      .then(
        (value) => ({ id, value }),
        (error: Error) => ({ id, error: error.stack ?? String(error) }),
      );
    process.send!(answered);
  });
  process.once("disconnect", async () => {
    await close();
    process.exit();
  });
}

/** Milliseconds that this process has had of the processors. */
export function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The service logs as it does in production, at level info; here only what is worse is worth a look. */
function passTrouble(process: ChildProcess): void {
  createInterface(process.stderr!).on("line", (line) => {
    if (!line.startsWith('{"level":30')) console.error(line);
  });
}

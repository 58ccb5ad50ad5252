// The server as users start it, in its own process with the tiny bundle. Tests query, watch and kill it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Answer, runQuery } from "./run-query.ts";

export type ServerProcess = {
  readonly child: ChildProcess;
  /** http://127.0.0.1:port */
  readonly url: string;
  /** Log lines so far, at the level of UNCLIP_LOG. */
  readonly log: readonly string[];
  /** The data of an answer without errors. */
  runQuery(query: string, variables?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends the signal and waits for the exit. Rejects if the process had already ended. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
};

type Started = {
  /** UNCLIP_DATA */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of node. */
  readonly node?: readonly string[];
};

/** Resolves when the server logs its URL; rejects if it ends before. */
export async function startServer({ folder, env = {}, node = [] }: Started): Promise<ServerProcess> {
  const settings = { PORT: "0", UNCLIP_DATA: folder, UNCLIP_BUNDLE: "test/bundles/tiny", UNCLIP_LOG: "silent" };
  const child = spawn(process.execPath, [...node, "--import", "tsx", "functions/local/main.ts"], {
    env: { ...process.env, ...settings, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  createInterface(child.stderr).on("line", (line) => log.push(line));
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`The server ended (${code ?? signal}): ${log.join("\n")}`)));
    child.stdout.on("data", (data) => {
      const found = /http:\S+(?=\/graphql)/.exec(String(data));
      if (found) resolve(found[0]);
    });
  });
  return {
    child,
    url,
    log,
    runQuery: (query, variables, headers) => runQuery(url, query, variables, headers),
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`The server had ended (${child.exitCode ?? child.signalCode}): ${log.join("\n")}`);
      }
      const exit = once(child, "exit");
      child.kill(signal);
      await exit;
    },
  };
}

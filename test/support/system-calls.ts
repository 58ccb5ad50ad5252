// What a program does outside itself, as the kernel sees it (strace): native code, threads and child processes included.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

const CALLS =
  "open,openat,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat," +
  "rmdir,truncate,connect,sendto,sendmsg,sendmmsg";

/** ONNX Runtime sends nothing where one of these is set, so a test with them would prove nothing. */
const CONTINUOUS_INTEGRATION = [
  ..."CI TF_BUILD GITHUB_ACTIONS GITLAB_CI CIRCLECI TRAVIS JENKINS_URL CODEBUILD_BUILD_ID BUILDKITE".split(" "),
  ..."TEAMCITY_VERSION APPVEYOR BITBUCKET_BUILD_NUMBER SYSTEM_TEAMFOUNDATIONCOLLECTIONURI".split(" "),
  ..."ORT_RUNNING_UNIT_TESTS ORT_DISABLE_TELEMETRY".split(" "),
];

const HOW = "strace is not installed (apt-get install strace)";

/** Undefined where the calls can be observed, otherwise why not. Throws with CI set, because CI must not skip these tests. */
export function unobservable(): string | undefined {
  try {
    execFileSync("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? HOW : `strace does not work: ${error}`;
    if (process.env.CI) throw new Error(why);
    return why;
  }
}

export type Observed = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Files and folders created, changed, renamed or removed, or opened for writing. Devices are left out. */
  readonly written: readonly string[];
  /** Addresses of the Internet protocol that were connected or sent to, "[address]:port". Loopback counts. */
  readonly contacted: readonly string[];
};

type Options = {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called with the program's standard output so far and the function that ends it. */
  readonly onOutput?: (output: string, end: () => void) => void;
};

/** Runs a program with an environment without HOME's usual content. PATH is passed on. */
export async function observe(command: readonly string[], { cwd, env, onOutput }: Options): Promise<Observed> {
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-strace-"));
  const log = path.join(folder, "calls");
  const inherited = Object.fromEntries(CONTINUOUS_INTEGRATION.map((name) => [name, undefined]));
  const child = spawn("strace", ["-f", "--seccomp-bpf", "-y", "-s", "4096", "-o", log, "-e", CALLS, ...command], {
    cwd,
    env: { PATH: process.env.PATH, ...inherited, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
    onOutput?.(output, () => process.kill(-child.pid!, "SIGTERM"));
  });
  const [[code], stderr] = await Promise.all([once(child, "close"), text(child.stderr)]);
  const calls = readFileSync(log, "utf8").split("\n");
  rmSync(folder, { recursive: true });
  return { code, stdout: output, stderr, ...read(calls, cwd ?? process.cwd()) };
}

const WRITES = /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/;

function read(calls: readonly string[], cwd: string): Pick<Observed, "written" | "contacted"> {
  const written = new Set<string>();
  const contacted = new Set<string>();
  for (const call of calls) {
    const [, name = "", rest = ""] = /^\d+\s+(\w+)\((.*)/.exec(call) ?? [];
    if (/^(connect|send)/.test(name)) {
      const port = /sin6?_port=htons\((\d+)\)/.exec(rest)?.[1];
      const address = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/.exec(rest);
      if (address) contacted.add(`[${address[1] ?? address[2]}]:${port}`);
    } else if (!name.startsWith("open") || WRITES.test(rest)) {
      for (const file of pathsIn(rest, cwd)) if (!file.startsWith("/dev/")) written.add(file);
    }
  }
  return { written: [...written], contacted: [...contacted] };
}

/** Every quoted path of a call's arguments, relative ones in the folder that strace's -y prints before them. */
function pathsIn(rest: string, cwd: string): string[] {
  return [...rest.matchAll(/(?:(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"((?:[^"\\]|\\.)*)"/g)].map(([, folder, file]) =>
    path.resolve(folder ?? cwd, file!),
  );
}

// The worker image, as its Dockerfile declares it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { buildImage } from "../../cdk/build-lambdas.ts";
import { ROOT } from "../support/cdk/synth.ts";

type Instruction = { readonly name: string; readonly rest: string };
type Stage = { readonly base: string; readonly name: string; readonly steps: readonly Instruction[] };

const source = readFileSync(path.join(ROOT, "functions", "aws", "image", "Dockerfile"), "utf8");
const { head, stages } = read(source);
const byName = new Map(stages.map((stage) => [stage.name, stage]));
const all = (stage: Stage, name: string) => stage.steps.filter((step) => step.name === name).map(({ rest }) => rest);

/** Instructions by stage. A line that ends in \ continues on the next. */
function read(text: string): { head: Instruction[]; stages: Stage[] } {
  const head: Instruction[] = [];
  const stages: { base: string; name: string; steps: Instruction[] }[] = [];
  const lines = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n/g, " ");
  for (const [, name, rest] of lines.matchAll(/^(\w+)\s+(.+)$/gm)) {
    if (name === "FROM") {
      const { base, as } = /^(?:--platform=\S+ )?(?<base>\S+) AS (?<as>\S+)$/.exec(rest!)!.groups!;
      stages.push({ base: base!, name: as!, steps: [] });
    } else (stages.at(-1)?.steps ?? head).push({ name: name!, rest: rest! });
  }
  return { head, stages };
}

test("the last two stages are the image for Lambda and the image for GPUs", () => {
  expect(stages.slice(-2).map(({ name }) => name)).toEqual(["cpu", "cuda"]);
  expect(head).toEqual([{ name: "ARG", rest: "WEIGHTS=baked" }]);
  expect([byName.get("baked")?.base, byName.get("downloaded")?.base]).toEqual(["scratch", "scratch"]);
});

test("every base is a stage, scratch, or an image with a pinned version", () => {
  for (const { base, name } of stages) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's, not ours
    if (byName.has(base) || base === "scratch" || base === "${WEIGHTS}") continue;
    // A full version, from a registry that anonymous callers may pull from without a limit: not Docker Hub.
    expect(base, name).toMatch(/^(public\.ecr\.aws|nvcr\.io)\/[\w./-]+:\d+(\.\d+){2,}[\w.-]*$/);
  }
  expect(byName.get("cuda")?.base).toMatch(/^nvcr\.io\/nvidia\/cuda:13\.[\d.]+-cudnn-runtime-/);
  expect(byName.get("cpu")?.base).toMatch(/^public\.ecr\.aws\/lambda\/nodejs:24\.[\d.]+$/);
  for (const name of ["tools", "node"]) expect(byName.get(name)?.base, name).toMatch(/node:24\.\d+\.\d+-/);
});

describe.each(["cpu", "cuda"])("%s", (target) => {
  const stage = byName.get(target)!;

  test("runs as an unprivileged user, and no file is created after that", () => {
    expect(stage.steps.slice(-2).map(({ name }) => name)).toEqual(["USER", "CMD"]);
    expect(all(stage, "USER")).toEqual(["1000:1000"]);
  });

  test("sets the execution provider and the bundle's folder, turns telemetry off, and runs the code of its entry", () => {
    const environment = all(stage, "ENV").join(" ");
    const [folder] = all(stage, "WORKDIR");
    expect(environment).toContain(`UNCLIP_PROVIDER=${target}`);
    expect(environment).toContain(`UNCLIP_BUNDLE=${folder}/bundle`);
    expect(environment).toContain("ORT_DISABLE_TELEMETRY=1");
    expect(all(stage, "CMD")).toEqual([target === "cpu" ? '["draw.handler"]' : '["node", "drain.js"]']);
  });

  test("installs its packages from the lock file, without development dependencies", () => {
    const from = all(stage, "COPY").find((copy) => copy.endsWith("node_modules node_modules"))!;
    let source: Stage | undefined = byName.get(/--from=(\S+)/.exec(from)![1]!);
    expect(source?.name).toBe(target === "cpu" ? "packages" : "cuda-packages");
    while (source && !all(source, "RUN").join().includes("npm ci")) source = byName.get(source.base);
    expect(all(source!, "RUN").join()).toContain("npm ci --omit=dev");
  });
});

test("nothing runs on the image's platform, so that it is built without emulation", () => {
  const platforms = new Map(
    [...source.matchAll(/^FROM (?:--platform=(\S+) )?\S+ AS (\S+)$/gm)].map(([, platform, name]) => [name!, platform]),
  );
  const builds = ({ base, name }: Stage): boolean =>
    platforms.get(name) === "$BUILDPLATFORM" || (byName.has(base) && builds(byName.get(base)!));
  const running = stages.filter((stage) => all(stage, "RUN").length > 0);
  expect(running.map(({ name }) => name)).toEqual(["packages", "cuda-provider", "clip"]);
  expect(running.every(builds)).toBe(true);
});

test("the packages are those of the image's platform", () => {
  const [install] = all(byName.get("packages")!, "RUN");
  expect(all(byName.get("packages")!, "ARG")).toEqual(["TARGETARCH"]);
  for (const [arch, cpu] of [
    ["amd64", "x64"],
    ["arm64", "arm64"],
  ]) {
    const folder = mkdtempSync(path.join(tmpdir(), "unclip-packages-"));
    const libraries = ["darwin/arm64", "linux/arm64", "linux/x64", "win32/x64"];
    for (const one of libraries)
      mkdirSync(path.join(folder, "node_modules/onnxruntime-node/bin/napi-v6", one), { recursive: true });
    // The step itself, with npm's arguments printed instead of the packages installed.
    const step = `npm() { echo "$@"; }; ${install}`;
    const { stdout, status } = spawnSync("sh", ["-c", step], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, TARGETARCH: arch! },
    });
    expect([status, stdout.trim()]).toEqual([0, `ci --omit=dev --ignore-scripts --os=linux --cpu=${cpu} --libc=glibc`]);
    const left = libraries.filter((one) =>
      existsSync(path.join(folder, "node_modules/onnxruntime-node/bin/napi-v6", one)),
    );
    expect(left).toEqual([`linux/${cpu}`]);
  }
});

test("only the GPU image gets the CUDA provider, whose content is pinned, where ONNX Runtime looks for it", () => {
  const providers = stages.filter((stage) => all(stage, "COPY").join().includes("libonnxruntime_providers_cuda.so"));
  expect(providers.map(({ name }) => name)).toEqual(["cuda-packages"]);
  expect(all(byName.get("cpu")!, "COPY").join()).not.toContain("cuda");
  expect(all(byName.get("cuda-provider")!, "RUN").join()).toContain("--require-hashes");
  const folder = all(providers[0]!, "COPY").join().split(/\s+/).at(-1)!;
  expect(existsSync(path.join(ROOT, folder, "libonnxruntime.so.1"))).toBe(true);
});

test("a GPU worker may write to /tmp, whose owner ECS takes from the image", () => {
  const { steps } = byName.get("cuda")!;
  expect(all(byName.get("cuda")!, "VOLUME")).toEqual(["/tmp"]);
  // Files created there later would be lost.
  expect(steps.findIndex(({ name }) => name === "VOLUME")).toBeGreaterThan(
    steps.findLastIndex(({ name }) => name === "COPY"),
  );
});

test("no instruction is ADD, and every copied file is in the build context or in the bundle", async () => {
  const context = mkdtempSync(path.join(tmpdir(), "unclip-context-"));
  await buildImage(ROOT, context);
  const inContext = readdirSync(context);
  const inBundle = readdirSync(path.join(ROOT, "models", "bundles", "picto"));
  const stageNames = new Set([...byName.keys()].filter((name) => name !== "bundle"));
  expect(stages.flatMap((stage) => all(stage, "ADD"))).toEqual([]);
  const copied = stages
    .flatMap((stage) => all(stage, "COPY"))
    .flatMap((copy) => {
      const from = /--from=(\S+)/.exec(copy)?.[1];
      if (from !== undefined && stageNames.has(from)) return [];
      const files = copy
        .replace(/--\S+ /g, "")
        .split(/\s+/)
        .slice(0, -1);
      return files.map((file) => ({ file, present: from === "bundle" ? inBundle : inContext }));
    });
  expect(copied.length).toBeGreaterThan(7);
  for (const { file, present } of copied) {
    const pattern = new RegExp(`^${file.replaceAll(".", "\\.").replace("*", ".*")}$`);
    expect(file === "." || present.some((one) => pattern.test(one)), file).toBe(true);
  }
}, 60_000);

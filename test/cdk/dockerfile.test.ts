// What the worker image promises, read off its Dockerfile.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { IgnoreStrategy } from "aws-cdk-lib";
import { describe, expect, test } from "vitest";
import { ROOT } from "../support/cdk/synth.ts";

type Instruction = { readonly name: string; readonly rest: string };
type Stage = { readonly base: string; readonly name: string; readonly steps: readonly Instruction[] };

const source = readFileSync(path.join(ROOT, "functions", "aws", "Dockerfile"), "utf8");
const { head, stages } = read(source);
const byName = new Map(stages.map((stage) => [stage.name, stage]));
const all = (stage: Stage, name: string) => stage.steps.filter((step) => step.name === name).map(({ rest }) => rest);

/** Instructions by stage; a line that ends in \ goes on. */
function read(text: string): { head: Instruction[]; stages: Stage[] } {
  const head: Instruction[] = [];
  const stages: { base: string; name: string; steps: Instruction[] }[] = [];
  const lines = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n/g, " ");
  for (const [, name, rest] of lines.matchAll(/^(\w+)\s+(.+)$/gm)) {
    if (name === "FROM") {
      const { base, as } = /^(?<base>\S+) AS (?<as>\S+)$/.exec(rest!)!.groups!;
      stages.push({ base: base!, name: as!, steps: [] });
    } else (stages.at(-1)?.steps ?? head).push({ name: name!, rest: rest! });
  }
  return { head, stages };
}

test("its stages end in one for Lambda and one for GPUs", () => {
  expect(stages.slice(-2).map(({ name }) => name)).toEqual(["cpu", "cuda"]);
  expect(head).toEqual([{ name: "ARG", rest: "WEIGHTS=baked" }]);
  expect([byName.get("baked")?.base, byName.get("synced")?.base]).toEqual(["scratch", "scratch"]);
});

test("every base is a stage, nothing, or an image of a known version", () => {
  for (const { base, name } of stages) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's, not ours
    if (byName.has(base) || base === "scratch" || base === "${WEIGHTS}") continue;
    expect(base, name).toMatch(/^[\w./-]+:\d+[\w.-]*$/);
  }
  expect(byName.get("cuda")?.base).toMatch(/^nvidia\/cuda:12\.[\d.]+-cudnn-runtime-/);
  expect(byName.get("cpu")?.base).toMatch(/^public\.ecr\.aws\/lambda\/nodejs:24$/);
});

describe.each(["cpu", "cuda"])("%s", (target) => {
  const stage = byName.get(target)!;

  test("runs as an ordinary user, and nothing is made after that", () => {
    expect(stage.steps.slice(-2).map(({ name }) => name)).toEqual(["USER", "CMD"]);
    expect(all(stage, "USER")).toEqual(["1000:1000"]);
  });

  test("says which provider it has, where the bundle lies, and names the code that it runs", () => {
    const environment = all(stage, "ENV").join(" ");
    const [folder] = all(stage, "WORKDIR");
    expect(environment).toContain(`UNCLIP_PROVIDER=${target}`);
    expect(environment).toContain(`UNCLIP_BUNDLE=${folder}/bundle`);
    expect(all(stage, "CMD")).toEqual([target === "cpu" ? '["draw.handler"]' : '["node", "drain.js"]']);
  });

  test("has its packages from the lock file, without those for development", () => {
    const from = all(stage, "COPY").find((copy) => copy.endsWith("node_modules node_modules"))!;
    let source: Stage | undefined = byName.get(/--from=(\S+)/.exec(from)![1]!);
    expect(source?.name).toBe(target === "cpu" ? "packages" : "cuda-packages");
    while (source && !all(source, "RUN").join().includes("npm ci")) source = byName.get(source.base);
    expect(all(source!, "RUN").join()).toContain("npm ci --omit=dev");
  });
});

test("CUDA is fetched for the GPU's image only, at its build", () => {
  const fetching = stages.filter((stage) => all(stage, "RUN").join().includes("ONNXRUNTIME_NODE_INSTALL"));
  expect(fetching.map(({ name }) => name)).toEqual(["cuda-packages"]);
  expect(all(byName.get("cpu")!, "COPY").join()).not.toContain("cuda");
  expect(existsSync(path.join(ROOT, "node_modules", "onnxruntime-node", "script", "install.js"))).toBe(true);
});

test("a worker on a machine may write to its /tmp, which ECS mounts: ECS looks for whose it is in the image", () => {
  const { steps } = byName.get("cuda")!;
  expect(all(byName.get("cuda")!, "VOLUME")).toEqual(["/tmp"]);
  // What is made there later would be lost.
  expect(steps.findIndex(({ name }) => name === "VOLUME")).toBeGreaterThan(
    steps.findLastIndex(({ name }) => name === "COPY"),
  );
});

test("nothing comes by ADD, and each file that is copied is there and let through", () => {
  const ignored = IgnoreStrategy.docker(ROOT, readFileSync(path.join(ROOT, ".dockerignore"), "utf8").split("\n"));
  const copied = stages.flatMap((stage) => [...all(stage, "COPY").filter((copy) => !copy.startsWith("--from="))]);
  expect(stages.flatMap((stage) => all(stage, "ADD"))).toEqual([]);
  const files = copied
    .flatMap((copy) =>
      copy
        .replace(/--\S+ /g, "")
        .split(/\s+/)
        .slice(0, -1),
    )
    .map((file) => (file.startsWith("$") ? "models/bundles/picto" : file));
  expect(files.length).toBeGreaterThan(8);
  for (const file of files) {
    expect(existsSync(path.join(ROOT, file)), file).toBe(true);
    expect(ignored.ignores(path.join(ROOT, file)), file).toBe(false);
  }
});

import { type Import, importsOf, readsEnvironment } from "./imports.ts";

/** What every room may know of the engine: types, limits and errors, without ONNX Runtime. */
const CONTRACT = [
  "models/request.ts",
  "models/types.ts",
  "models/picture-limits.ts",
  "models/picture-type.ts",
  "models/errors.ts",
  "models/work.ts",
  "models/supported.ts",
  "models/metadata",
  "models/version.ts",
];

/** What the entry points on AWS share, and what those that run the engine may import. */
const AWS = ["functions", "functions/aws", "infra", "infra/aws", ...CONTRACT];
const AWS_WITH_ENGINE = [...AWS, "functions/aws/engine.ts"];

/**
 * Room -> what it may import. A room is a folder or a file, and the longest one that holds a file is the file's room. An
 * entry allows the files of that room, so a folder's entry does not open the rooms inside it.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  models: ["models"],
  "models/training": ["models", "models/training"],

  infra: ["infra", ...CONTRACT],
  "infra/local": ["infra", "infra/local", ...CONTRACT],
  "infra/aws": ["infra", "infra/aws", ...CONTRACT],

  schema: ["schema", "infra", ...CONTRACT],

  // Entry points join the rooms. Only the ones that run the engine load it.
  functions: ["functions", "schema", "infra", "models/picto.ts", ...CONTRACT],
  "functions/engine.ts": ["functions", "models/host", "infra", ...CONTRACT],
  "functions/server.ts": ["functions", "functions/local", "schema", "infra", "infra/local", ...CONTRACT],
  // The studio runs in a browser: it knows the API by its documents, and nothing else of the repository.
  "functions/studio": ["functions/studio"],
  "functions/pages": ["functions/pages", "schema", "infra"],
  "functions/local": [
    "functions",
    "functions/local",
    "functions/pages",
    "functions/engine.ts",
    "schema",
    "infra",
    "infra/local",
    ...CONTRACT,
  ],
  "functions/cli": [
    "package.json",
    "functions",
    "functions/cli",
    "functions/cli/commands/serve.ts",
    "models/host",
    "infra",
    "infra/local",
    ...CONTRACT,
  ],
  "functions/cli/commands/serve.ts": ["functions", "functions/cli", "functions/local", "infra", ...CONTRACT],
  "functions/aws": [...AWS, "functions/pages", "schema"],
  // The commands of unclip-aws are built on the ones of unclip.
  "functions/aws/cli": [...AWS, "functions/aws/cli", "functions/cli"],
  "functions/aws/engine.ts": [...AWS, "functions/engine.ts"],
  "functions/aws/worker.ts": AWS_WITH_ENGINE,
  "functions/aws/drain.ts": AWS_WITH_ENGINE,
  "functions/aws/embed.ts": AWS_WITH_ENGINE,
  "functions/aws/copy-clip.ts": [...AWS, "models/bundle/open.ts", "models/bundle/parts.ts"],

  // Stacks are made of facts: names, ages, limits, the table, and a bundle's description of itself.
  cdk: [
    "cdk",
    "infra/config/env.ts",
    "infra/config/parsers.ts",
    "infra/config/warm-hours.ts",
    "infra/auth/api-keys.ts",
    "infra/ports.ts",
    "infra/aws/table.ts",
    "infra/jobs/keys.ts",
    "functions/pages/build.ts",
    "models/bundle/parse.ts",
    "models/bundle/info.ts",
    "models/bundle/memory.ts",
    "models/bundle/parts.ts",
    "models/bundle/spec.ts",
  ],
};

/** Package -> the rooms that may import it. A name that ends in "*" stands for all that begin so. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  // It sends telemetry unless it is loaded by this file.
  "onnxruntime-*": ["models/onnx/runtime.ts"],
  sharp: ["models/tensor", "models/training"],
  "@aws-sdk/*": ["infra/aws"],
  "@smithy/*": ["infra/aws"],
  aws4: ["infra/aws"],
  // The doctor follows a job as a client.
  "graphql*": ["schema", "functions/aws/cli/live-draws.ts"],
  "@pothos/*": ["schema"],
  "@graphql-*": ["schema"],
  "@escape.tech/*": ["schema"],
  "aws-cdk-lib": ["cdk"],
  constructs: ["cdk"],
  "cdk-nag": ["cdk"],
  esbuild: ["cdk", "functions/pages"],
  preact: ["functions/studio"],
  "@preact/*": ["functions/studio"],
};

/** Files that may use process.env. The last two only set variables of ONNX Runtime and of glibc. */
const ENVIRONMENT = [
  "infra/config/env.ts",
  "infra/config/aws-environment.ts",
  "models/onnx/telemetry.ts",
  "models/onnx/isolated.ts",
];

/** The engine opens no connection. */
const NETWORK = /^node:(http|https|http2|net|tls|dgram)$/;

const inside = (file: string, room: string) => file === room || file.startsWith(`${room}/`);

/** The longest room of the table that holds the file. */
function roomOf(file: string): string | undefined {
  const rooms = Object.keys(ROOMS).filter((room) => inside(file, room));
  return rooms.sort((a, b) => b.length - a.length)[0];
}

function mayImport(file: string, { kind, target }: Import): boolean {
  if (kind === "node") return !(inside(file, "models") && NETWORK.test(target));
  if (kind === "package") {
    const known = Object.entries(PACKAGES).filter(([name]) =>
      name.endsWith("*") ? target.startsWith(name.slice(0, -1)) : target === name,
    );
    return known.every(([, rooms]) => rooms.some((room) => inside(file, room)));
  }
  return ROOMS[roomOf(file)!]!.some((entry) =>
    // "models/host" and "infra/ports.ts" are no rooms of the table: they open a part of one.
    entry in ROOMS ? roomOf(target) === entry : inside(target, entry),
  );
}

/** "file -> import" for every import of a file that the table forbids. Tests may look into every room. */
export function forbidden(file: string, source: string): string[] {
  if (file.startsWith("test/")) return [];
  const imports = importsOf(file, source)
    .filter((imported) => !mayImport(file, imported))
    .map(({ target }) => `${file} -> ${target}`);
  // The studio's code for other programs reads theirs.
  const mayRead = ENVIRONMENT.includes(file) || /^(models\/training|functions\/studio\/code)\//.test(file);
  const environment = !mayRead && readsEnvironment(source);
  return environment ? [...imports, `${file} -> process.env`] : imports;
}

export interface Manifest {
  name?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** "file -> package" for packages that the manifest does not declare, or declares for development only. */
export function undeclared(file: string, source: string, manifest: Manifest): string[] {
  const { name, dependencies, devDependencies } = manifest;
  // What is bundled before it is published or deployed, and what only a clone runs.
  const development =
    /^((test|cdk|models\/training|(infra|functions)\/aws|functions\/studio)\/|(models\/tsx-loader\.mjs|functions\/pages\/build\.ts)$)/.test(
      file,
    );
  return importsOf(file, source)
    .filter(({ kind, target, typeOnly }) => {
      // Node.js resolves the name of a package inside it.
      if (kind !== "package" || target === name || target in (dependencies ?? {})) return false;
      const types = typeOnly && `@types/${target}` in (devDependencies ?? {});
      return !types && !((development || typeOnly) && target in (devDependencies ?? {}));
    })
    .map(({ target }) => `${file} -> ${target}`);
}

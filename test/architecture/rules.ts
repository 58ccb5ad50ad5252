import { type Import, importsOf, readsEnvironment } from "./imports.ts";

/** One line of the house's plan: what a file may reach. `from` and `to` are matched against paths or package names. */
interface Rule {
  from: RegExp;
  /** What the rule is about; an import it does not match is none of its business. */
  about: RegExp;
  kind: Import["kind"];
  /** What is allowed of it. */
  allowed: RegExp;
}

const NOTHING = /(?!)/;
/** The core's light doors: pure, so the API's bundle holds no ONNX Runtime. */
const LIGHT = String.raw`models\/(request|errors|types|picture-type|work|supported)\.ts$`;
/** Who opens an engine: workers, wherever they run, and the command line. */
const OPENERS = String.raw`functions\/(engine\.ts$|cli\/)`;
const HIRERS = String.raw`functions\/(local\/|aws\/engine\.ts$)`;
const AWS_HIRERS = String.raw`functions\/aws\/(worker|drain|embed)\.ts$`;
const EVERY_FILE = /./;

/** Rooms: who may import whose files. Arrows only go right: functions -> schema -> infra -> models/request.ts. */
const ROOMS: Rule[] = [
  { from: /^models\//, about: EVERY_FILE, kind: "file", allowed: /^models\// },
  { from: /^models\/(?!training\/)/, about: /^models\/training\//, kind: "file", allowed: NOTHING },
  { from: /^infra\//, about: EVERY_FILE, kind: "file", allowed: new RegExp(`^(infra\\/|${LIGHT})`) },
  { from: /^schema\//, about: EVERY_FILE, kind: "file", allowed: new RegExp(`^(schema\\/|infra\\/|${LIGHT})`) },
  // Facts that stacks are made of: names, ages, limits, the table, and what a bundle says of itself.
  {
    from: /^cdk\//,
    about: EVERY_FILE,
    kind: "file",
    allowed:
      /^(cdk\/|infra\/(config\/(env|parsers)|auth\/api-keys|ports|aws\/table|jobs\/keys)\.ts$|models\/bundle\/(parse|info)\.ts$)/,
  },
  { from: /^functions\//, about: /^(test|cdk)\//, kind: "file", allowed: NOTHING },
  {
    from: /^functions\//,
    about: /^models\//,
    kind: "file",
    allowed: new RegExp(`^(${LIGHT}|models\\/host\\/|models\\/picto\\.ts$)`),
  },
  {
    from: new RegExp(`^functions\\/(?!${OPENERS.slice(11)})`),
    about: /^models\/host\//,
    kind: "file",
    allowed: NOTHING,
  },
  { from: new RegExp(`^(?!${HIRERS})`), about: /^functions\/engine\.ts$/, kind: "file", allowed: NOTHING },
  { from: new RegExp(`^(?!${AWS_HIRERS})`), about: /^functions\/aws\/engine\.ts$/, kind: "file", allowed: NOTHING },
  // Parts are joined in functions only, and a laptop run loads no AWS SDK.
  { from: /^(schema|infra\/(?!aws\/))/, about: /^infra\/aws\//, kind: "file", allowed: NOTHING },
  { from: /^(schema|infra\/(?!local\/))/, about: /^infra\/local\//, kind: "file", allowed: NOTHING },
  { from: /^functions\/(local|cli)(\/|\.ts$)/, about: /^infra\/aws\//, kind: "file", allowed: NOTHING },
];

/** Packages that only one room may know. */
const PACKAGES: Rule[] = [
  { from: /^(?!models\/onnx\/)/, about: /^onnxruntime-/, kind: "package", allowed: NOTHING },
  { from: /^(?!models\/(tensor|training)\/)/, about: /^sharp$/, kind: "package", allowed: NOTHING },
  { from: /^(?!infra\/aws\/)/, about: /^@aws-sdk\/|^@smithy\//, kind: "package", allowed: NOTHING },
  {
    from: /^(?!schema\/)/,
    about: /^graphql|^@pothos\/|^@graphql-|^@escape\.tech\//,
    kind: "package",
    allowed: NOTHING,
  },
  { from: /^(?!cdk\/)/, about: /^aws-cdk-lib$|^constructs$|^cdk-nag$|^esbuild$/, kind: "package", allowed: NOTHING },
  { from: /^models\//, about: /^node:(http|https|http2|net|tls|dgram)$/, kind: "node", allowed: NOTHING },
];

/** "file -> import" for every arrow of a file that the plan forbids. Tests may look into every room. */
export function forbidden(file: string, source: string): string[] {
  if (file.startsWith("test/")) return [];
  const arrows = importsOf(file, source)
    .filter(({ target, kind }) =>
      [...ROOMS, ...PACKAGES].some(
        (rule) => rule.kind === kind && rule.from.test(file) && rule.about.test(target) && !rule.allowed.test(target),
      ),
    )
    .map(({ target }) => `${file} -> ${target}`);
  const environment =
    file !== "infra/config/env.ts" && !file.startsWith("models/training/") && readsEnvironment(source);
  return environment ? [...arrows, `${file} -> process.env`] : arrows;
}

export interface Manifest {
  name?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** "file -> package" for packages that the manifest does not declare, or declares for development only. */
export function undeclared(file: string, source: string, manifest: Manifest): string[] {
  const { name, dependencies, devDependencies } = manifest;
  const development = /^((test|cdk|models\/training|(infra|functions)\/aws)\/|models\/host\/tsx-loader\.mjs$)/.test(
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

// The templates of the app's stacks. The code of the functions and of the worker image is a stub.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { App } from "aws-cdk-lib";
import { ENTRY_NAMES } from "../../../cdk/lambda-entries.ts";
import { makeStacks } from "../../../cdk/stacks.ts";

export const ROOT = path.resolve(import.meta.dirname, "..", "..", "..");

export type Resource = {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the properties of all of AWS
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdatePolicy?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly DependsOn?: string | readonly string[];
};
export type Template = {
  readonly Rules?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
};
/** By the stack's name without its prefix: "data", "api" ... */
export type Templates = Readonly<Record<string, Template>>;

export const KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
/** Every optional feature turned on. */
export const EVERYTHING = {
  gpu: "on",
  weights: "s3",
  key: KEY,
  domain: "pictures.example.com",
  certificate: "arn:aws:acm:us-east-1:123456789012:certificate/1",
  webAcl: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/one/1",
  oidcIssuer: "https://login.example.com",
  oidcAudience: "unclip",
  cors: "https://pictures.example.com",
  denyList: "test/cdk/fixtures/deny-list.txt",
  email: "owner@example.com",
  budget: "50",
  pictureKey: "2",
  slack: "T0123ABCD/C0123ABCD",
  teams: "11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/19:0123@thread.tacv2",
  events: "default",
} as const;

/** Deployments that tests of all templates read. */
export const VARIANTS = {
  "default settings": {},
  "GPU workers": { gpu: "on", maxWorkers: "4" },
  "every feature": EVERYTHING,
  "ARM, without retained data": { architecture: "arm64", retainData: "off" },
  "a custom domain and a customer managed key": {
    domain: EVERYTHING.domain,
    certificate: EVERYTHING.certificate,
    key: KEY,
    email: EVERYTHING.email,
  },
  "without CloudFront": { front: "off", cors: EVERYTHING.cors },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

export type Synthesis = { readonly folder: string; readonly templates: Templates };

/**
 * `settings` by their names without "unclip:". Throws what the synthesis throws, including cdk-nag's findings. The CDK's
 * own rules run only with "all", because their engine takes seconds to start.
 */
export function synthesise(settings: Readonly<Record<string, unknown>> = {}, rules: "all" | "nag" = "nag"): Synthesis {
  process.env.CDK_VALIDATION = String(rules === "all");
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-synth-"));
  const { context } = JSON.parse(readFileSync(path.join(ROOT, "cdk.json"), "utf8"));
  const own = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`unclip:${name}`, value]));
  const app = new App({
    outdir: folder,
    analyticsReporting: false,
    context: { ...context, "aws:cdk:disable-asset-staging": true, ...own },
  });
  makeStacks(app, stubCode());
  app.synth();
  const files = readdirSync(folder).filter((file) => file.endsWith(".template.json"));
  const templates = files.map((file) => [
    file.slice(file.indexOf("-") + 1, -".template.json".length),
    JSON.parse(readFileSync(path.join(folder, file), "utf8")) as Template,
  ]);
  return { folder, templates: Object.fromEntries(templates) };
}

/** A folder as cdk/build.ts writes it. */
export function stubCode(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-code-"));
  const files = ["image/Dockerfile", ...ENTRY_NAMES.map((entry) => `lambda/${entry}/${entry}.mjs`)];
  for (const file of files) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), `# ${file}\n`);
  }
  return folder;
}

/** All resources of a type, by their logical ids. */
export function ofType(template: Template | undefined, type: string): [name: string, resource: Resource][] {
  return Object.entries(template?.Resources ?? {}).filter(([, { Type }]) => Type === type);
}

/** The one resource of a type whose logical id begins so. */
export function one(template: Template | undefined, type: string, begins = ""): Resource {
  const found = ofType(template, type).filter(([name]) => name.startsWith(begins));
  if (found.length !== 1) throw new Error(`${found.length} of ${type} begin with "${begins}"`);
  return found[0]![1];
}

/** All resources of a type in all stacks, by their logical ids. */
export function everyOf(templates: Templates, type: string): [name: string, resource: Resource][] {
  return Object.values(templates).flatMap((template) => ofType(template, type));
}

/** Whether the value contains the text anywhere: a logical id, an ARN. */
export function refersTo(value: unknown, text: string): boolean {
  return JSON.stringify(value).includes(text);
}

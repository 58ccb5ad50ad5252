// The stacks' templates, without bundling the functions' code: each folder of code is a stub.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { App } from "aws-cdk-lib";
import { ENTRY_NAMES } from "../../../cdk/lambda-entries.ts";
import { makeStacks } from "../../../cdk/unclip.ts";

export const ROOT = path.resolve(import.meta.dirname, "..", "..", "..");

export type Resource = {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the properties of all of AWS
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string | readonly string[];
};
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
};
/** By the stack's name without the prefix: "data", "api" ... */
export type Templates = Readonly<Record<string, Template>>;

export const KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
/** All that may be turned on. */
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
} as const;

export type Synthesis = { readonly folder: string; readonly templates: Templates };

/**
 * Settings by their names without "unclip:". Throws what the synthesis throws, cdk-nag's findings included; those of the
 * CDK's own rules only when they are asked for, because their engine takes seconds to start.
 */
export function synthesise(settings: Readonly<Record<string, unknown>> = {}, rules: "all" | "nag" = "nag"): Synthesis {
  process.env.CDK_VALIDATION = String(rules === "all");
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-synth-"));
  const code = mkdtempSync(path.join(tmpdir(), "unclip-code-"));
  for (const entry of ENTRY_NAMES) {
    mkdirSync(path.join(code, entry));
    writeFileSync(path.join(code, entry, "index.mjs"), `// ${entry}\n`);
  }
  const { context } = JSON.parse(readFileSync(path.join(ROOT, "cdk.json"), "utf8"));
  const own = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`unclip:${name}`, value]));
  const app = new App({
    outdir: folder,
    analyticsReporting: false,
    // Copying the image's context would take a second of each synthesis.
    context: { ...context, "aws:cdk:disable-asset-staging": true, ...own },
  });
  makeStacks(app, { root: ROOT, code: (entry) => path.join(code, entry) });
  app.synth();
  const files = readdirSync(folder).filter((file) => file.endsWith(".template.json"));
  const templates = files.map((file) => [
    file.slice(file.indexOf("-") + 1, -".template.json".length),
    JSON.parse(readFileSync(path.join(folder, file), "utf8")) as Template,
  ]);
  return { folder, templates: Object.fromEntries(templates) };
}

/** All of a type, by their logical names. */
export function ofType(template: Template | undefined, type: string): [name: string, resource: Resource][] {
  return Object.entries(template?.Resources ?? {}).filter(([, { Type }]) => Type === type);
}

/** The one of a type whose logical name begins so. */
export function one(template: Template | undefined, type: string, begins = ""): Resource {
  const found = ofType(template, type).filter(([name]) => name.startsWith(begins));
  if (found.length !== 1) throw new Error(`${found.length} of ${type} begin with "${begins}"`);
  return found[0]![1];
}

/** All of a type in all stacks. */
export function everyOf(templates: Templates, type: string): [name: string, resource: Resource][] {
  return Object.values(templates).flatMap((template) => ofType(template, type));
}

/** Whether the text stands anywhere in it: a logical name, an ARN. */
export function refersTo(value: unknown, text: string): boolean {
  return JSON.stringify(value).includes(text);
}

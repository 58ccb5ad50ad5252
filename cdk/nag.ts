// cdk-nag's rules for AWS, run over the whole app.
import type { IPolicyValidationContext, IPolicyValidationPlugin } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { IConstruct } from "constructs";

/**
 * Ends of resource names that may hold a wildcard, because the part before it names a single resource of this
 * deployment. cdk-nag alone would need each of them acknowledged role by role, under generated names.
 */
export const WILDCARDS: readonly { readonly ends: RegExp; readonly reason: string }[] = [
  {
    ends: /\/(uploads|stages|previews|pictures|bundles)\/\*\]$/,
    reason: "Objects of one bucket under one prefix: S3 has no narrower name for objects that do not exist yet.",
  },
  { ends: /\/index\/\*\]$/, reason: "All indexes of one table: lists of jobs use each of them." },
  { ends: /\/stream\/\*\]$/, reason: "Listing the streams of one table: a new stream gets a new name." },
  {
    ends: /:execute-api:.*\/\*\/\*\/@connections\/\*\]$/,
    reason: "Connections of one WebSocket API: they come and go by the minute.",
  },
];

/** Fails the synthesis on every finding that is neither acknowledged nor an accepted wildcard. */
export class NagRules implements IPolicyValidationPlugin {
  readonly name = "cdk-nag AwsSolutions";
  readonly #pack: AwsSolutionsChecks;

  constructor(app: IConstruct) {
    this.#pack = new AwsSolutionsChecks(app, { verbose: true });
  }

  validate(context: IPolicyValidationContext) {
    const violations = this.#pack.validate(context).violations.filter(({ ruleName }) => !isAcceptable(ruleName));
    return { success: violations.length === 0, violations };
  }
}

export function isAcceptable(rule: string): boolean {
  return rule.startsWith("AwsSolutions-IAM5[Resource::") && WILDCARDS.some(({ ends }) => ends.test(rule));
}

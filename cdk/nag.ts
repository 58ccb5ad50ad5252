// cdk-nag's rules for AWS, and what they find that stays as it is, each with its reason.
import { type IPolicyValidationContext, type IPolicyValidationPlugin, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { IConstruct } from "constructs";

/** By the rule's short name ("S1", "IAM4"), for this construct and what is in it. */
export function accept(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}

/**
 * Resources with a wildcard, by their ends: what is before names one thing of ours. cdk-nag would have each of them
 * accepted role by role, under names that the CDK makes up at the very end.
 */
export const WILDCARDS: readonly { readonly ends: RegExp; readonly reason: string }[] = [
  {
    ends: /\/(uploads|stages|previews|pictures|bundles)\/\*\]$/,
    reason: "Objects of one bucket under one prefix: S3 knows no narrower name for what is not there yet.",
  },
  { ends: /\/index\/\*\]$/, reason: "All indexes of one table: lists of jobs use each of them." },
  { ends: /\/stream\/\*\]$/, reason: "Listing the streams of one table: a new one gets a new name." },
  {
    ends: /:execute-api:.*\/\*\/\*\/@connections\/\*\]$/,
    reason: "Connections of one WebSocket API: they come and go by the minute.",
  },
];

/** Ends the synthesis where anything else is found. */
export class NagRules implements IPolicyValidationPlugin {
  readonly name = "cdk-nag AwsSolutions";
  readonly #pack: AwsSolutionsChecks;

  constructor(app: IConstruct) {
    this.#pack = new AwsSolutionsChecks(app, { verbose: true });
  }

  validate(context: IPolicyValidationContext) {
    const violations = this.#pack.validate(context).violations.filter(({ ruleName }) => !acceptable(ruleName));
    return { success: violations.length === 0, violations };
  }
}

export function acceptable(rule: string): boolean {
  return rule.startsWith("AwsSolutions-IAM5[Resource::") && WILDCARDS.some(({ ends }) => ends.test(rule));
}

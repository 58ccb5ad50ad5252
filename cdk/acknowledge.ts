// Findings of cdk-nag that stay as they are, each with its reason.
import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** `reasons` by the rule's short name ("S1", "IAM4"). Applies to the construct and everything inside it. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}

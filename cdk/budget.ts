// A letter when the month's costs of the account come near a sum, and when they are going to pass it.
import { Stack, type StackProps } from "aws-cdk-lib";
import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import type { Construct } from "constructs";

export type Limit = { readonly dollars: number; readonly email: string };

export class Budget extends Stack {
  constructor(scope: Construct, id: string, { dollars, email }: Limit, props: StackProps) {
    super(scope, id, props);
    const letter = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notification: { notificationType, comparisonOperator: "GREATER_THAN", threshold, thresholdType: "PERCENTAGE" },
      subscribers: [{ subscriptionType: "EMAIL", address: email }],
    });
    new CfnBudget(this, "Month", {
      budget: { budgetType: "COST", timeUnit: "MONTHLY", budgetLimit: { amount: dollars, unit: "USD" } },
      notificationsWithSubscribers: [letter("ACTUAL", 80), letter("FORECASTED", 100)],
    });
  }
}

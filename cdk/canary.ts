// New code gets a tenth of a function's calls for ten minutes, then all. If an alarm fires meanwhile, the old code gets
// them back, and CloudFormation rolls the stack back.
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

type Target = { readonly lambda: LambdaFunction; readonly live: Alias };

/**
 * Ten minutes: the alarms of functions fire after two periods of five. Each canary has a role of its own: with a common one,
 * a function that knows the address of another would wait for itself.
 */
export function makeCanary(scope: Construct, { lambda, live }: Target): LambdaDeploymentGroup {
  // AWS's managed policy for this role allows changing every function of the account.
  const role = new Role(scope, "CanaryRole", { assumedBy: new ServicePrincipal("codedeploy.amazonaws.com") });
  role.addToPolicy(new PolicyStatement({ actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] }));
  acknowledge(role, { "IAM5[Resource::*]": "cloudwatch:DescribeAlarms supports no narrower resource." });
  role.addToPolicy(
    new PolicyStatement({
      actions: ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"],
      // Not the alias's own reference: the alias waits for this policy.
      resources: [lambda.functionArn, `${lambda.functionArn}:${live.aliasName}`],
    }),
  );
  const group = new LambdaDeploymentGroup(scope, "Canary", {
    role: role.withoutPolicyUpdates(),
    alias: live,
    deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
  });
  group.node.addDependency(role);
  return group;
}

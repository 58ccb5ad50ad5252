// New code gets a tenth of a function's calls for ten minutes, then all. If an alarm fires meanwhile, the old code gets
// them back, and CloudFormation rolls the stack back.
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

type Target = { readonly lambda: LambdaFunction; readonly live: Alias };

/** What the canaries of one scope share. */
export class Canaries extends Construct {
  readonly #role: Role;
  readonly #application: LambdaApplication;

  private constructor(scope: Construct) {
    super(scope, "Canaries");
    this.#application = new LambdaApplication(this, "Application");
    // AWS's managed policy for this role allows changing every function of the account.
    this.#role = new Role(this, "Role", { assumedBy: new ServicePrincipal("codedeploy.amazonaws.com") });
    this.#role.addToPolicy(new PolicyStatement({ actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] }));
    acknowledge(this.#role, { "IAM5[Resource::*]": "cloudwatch:DescribeAlarms supports no narrower resource." });
  }

  static in(scope: Construct): Canaries {
    return (scope.node.tryFindChild("Canaries") as Canaries | undefined) ?? new Canaries(scope);
  }

  /** Ten minutes: the alarms of functions fire after two periods of five. */
  add(scope: Construct, { lambda, live }: Target): LambdaDeploymentGroup {
    this.#role.addToPolicy(
      new PolicyStatement({
        actions: ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"],
        // Not the alias's own reference: the alias waits for this policy.
        resources: [lambda.functionArn, `${lambda.functionArn}:${live.aliasName}`],
      }),
    );
    const group = new LambdaDeploymentGroup(scope, "Canary", {
      application: this.#application,
      role: this.#role.withoutPolicyUpdates(),
      alias: live,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
    });
    group.node.addDependency(this.#role);
    return group;
  }
}

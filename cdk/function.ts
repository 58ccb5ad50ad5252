// A function of Lambda: its role, its log, its alarms.
import { Duration, RemovalPolicy, Size } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  type DockerImageCode,
  DockerImageFunction,
  Function as LambdaFunction,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { FIVE_MINUTES } from "./alarms.ts";
import type { Deployment } from "./deployment.ts";
import { ENTRIES, type EntryName } from "./lambda-entries.ts";
import { Permissions } from "./permissions.ts";
import type { Settings } from "./settings.ts";

export type Environment = Readonly<Record<string, string>>;

type Common = {
  readonly functionName: string;
  readonly description: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly environment: Record<string, string>;
  readonly role: Role;
  readonly logGroup: LogGroup;
};

type Options = {
  readonly description: string;
  readonly memory: number;
  readonly seconds: number;
  readonly environment: Environment;
};

/** Of the log of a function, or of what else runs. */
export const logName = ({ name }: Settings, of: string) => `/${name}/${of}`;

/** What zips and images have in common. `make` makes the function itself. */
export class ServiceFunction extends Construct {
  /** Its name is its own, and not one that CloudFormation makes up: people and the dashboard find it by that. */
  readonly name: string;
  readonly lambda: LambdaFunction;
  readonly may: Permissions;

  constructor(
    scope: Construct,
    id: string,
    deployment: Deployment,
    { description, memory, seconds, environment }: Options,
    make: (scope: Construct, common: Common) => LambdaFunction,
  ) {
    super(scope, id);
    this.name = `${deployment.settings.name}-${id}`;
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: logName(deployment.settings, id),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com"), description });
    role.addToPolicy(
      new PolicyStatement({
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logGroup.logGroupArn],
      }),
    );
    this.may = new Permissions(role, deployment.data);
    this.lambda = make(this, {
      functionName: this.name,
      description,
      memorySize: memory,
      timeout: Duration.seconds(seconds),
      environment: { ...environment },
      role,
      logGroup,
    });
    this.#watch(deployment);
  }

  #watch({ alarms }: Deployment): void {
    const name = this.node.id;
    alarms.add(this, "Errors", {
      section: "functions-fail",
      says: `The function ${name} fails.`,
      metric: this.lambda.metricErrors({ ...FIVE_MINUTES, statistic: "Sum" }),
      above: 0,
      times: 2,
    });
    alarms.add(this, "Throttles", {
      section: "functions-held-back",
      says: `The function ${name} is asked for more often than the account lets it run.`,
      metric: this.lambda.metricThrottles({ ...FIVE_MINUTES, statistic: "Sum" }),
      above: 0,
      times: 2,
    });
  }
}

/** A function whose code is one file of JavaScript. It has no machine code, so it runs where it is cheaper: on ARM. */
export function zipFunction(
  scope: Construct,
  entry: EntryName,
  deployment: Deployment,
  environment: Environment,
): ServiceFunction {
  return new ServiceFunction(
    scope,
    entry,
    deployment,
    { ...ENTRIES[entry], environment: { NODE_OPTIONS: "--enable-source-maps", ...environment } },
    (inner, common) =>
      new LambdaFunction(inner, "Function", {
        ...common,
        runtime: Runtime.NODEJS_24_X,
        architecture: Architecture.ARM_64,
        code: Code.fromAsset(deployment.code(entry)),
        handler: "index.handler",
      }),
  );
}

/** A function of the worker image. */
export function imageFunction(
  scope: Construct,
  id: string,
  deployment: Deployment,
  options: Options & { readonly code: DockerImageCode },
): ServiceFunction {
  const { architecture, storage } = deployment.settings;
  return new ServiceFunction(
    scope,
    id,
    deployment,
    options,
    (inner, common) =>
      new DockerImageFunction(inner, "Function", {
        ...common,
        code: options.code,
        architecture: architecture === "arm64" ? Architecture.ARM_64 : Architecture.X86_64,
        ephemeralStorageSize: Size.mebibytes(storage),
      }),
  );
}

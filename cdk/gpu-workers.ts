// GPU workers on AWS Batch. The scaler submits them, Batch starts Spot machines for them, and an idle queue costs nothing
// unless `minWorkers` keeps some up.
import { CfnOutput, Duration, RemovalPolicy, Size } from "aws-cdk-lib";
import {
  Action,
  EcsEc2ContainerDefinition,
  EcsJobDefinition,
  EcsVolume,
  JobQueue,
  LinuxParameters,
  Reason,
  RetryStrategy,
} from "aws-cdk-lib/aws-batch";
import { LogDriver } from "aws-cdk-lib/aws-ecs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { type Deployment, jobsEnvironment, toEnvironment } from "./deployment.ts";
import { logGroupName, type ServiceFunction, zipFunction } from "./function.ts";
import { addGpuAlarms } from "./gpu-alarms.ts";
import { makeMachines, WORKER_CPUS } from "./gpu-machines.ts";
import { cudaImage } from "./image.ts";
import { everyMinute } from "./maintenance.ts";
import { BUNDLE_PREFIX, Permissions } from "./permissions.ts";

/** ECS reserves part of the smallest machine's 16 GiB. */
const WORKER_MEMORY = Size.mebibytes(14_000);
/** A worker exits when its queue is empty. One that still runs after this time hangs. */
const WORKER_TIMEOUT = Duration.hours(12);
const BUNDLE_FOLDER = "/tmp/bundle";

export class GpuWorkers extends Construct {
  readonly scaler: ServiceFunction;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    const { settings, data } = deployment;
    const log = new LogGroup(this, "Log", {
      logGroupName: logGroupName(settings, "drain"),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const machines = makeMachines(this, settings);
    const queue = new JobQueue(this, "Queue", {
      computeEnvironments: machines.map((computeEnvironment, i) => ({ computeEnvironment, order: i + 1 })),
    });
    const definition = new EcsJobDefinition(this, "Drain", {
      container: this.#container(deployment, log),
      // Retries after a Spot interruption only: any other failure would repeat.
      retryAttempts: 3,
      retryStrategies: [
        RetryStrategy.of(Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
        RetryStrategy.of(Action.EXIT, Reason.custom({ onReason: "*" })),
      ],
      timeout: WORKER_TIMEOUT,
    });
    this.scaler = zipFunction(this, "scaler", deployment, {
      ...jobsEnvironment(deployment),
      ...toEnvironment({
        batchQueue: queue.jobQueueArn,
        batchJob: definition.jobDefinitionArn,
        maxWorkers: settings.maxWorkers,
        minWorkers: settings.gpu!.minWorkers,
        warmHours: settings.gpu!.warmHours,
      }),
    });
    // It holds a lease in the table.
    this.scaler.grant.table("UpdateItem");
    this.scaler.grant.jobs().lists().counts(data.queues.jobs).starts(queue.jobQueueArn, [definition.jobDefinitionArn]);
    acknowledge(this.scaler, {
      "IAM5[Resource::*]": "batch:ListJobs supports no narrower resource.",
    });
    everyMinute(this.scaler);
    addGpuAlarms(this, queue, deployment.alarms);
    new CfnOutput(this, "BatchQueue", { value: queue.jobQueueArn });
  }

  #container(deployment: Deployment, logGroup: LogGroup): EcsEc2ContainerDefinition {
    const { data, bundle, settings } = deployment;
    const downloaded = settings.gpu!.weights === "s3";
    const jobRole = new Role(this, "WorkerRole", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
    const grant = new Permissions(jobRole, data).drawsJobs();
    if (downloaded) grant.readsBundles();
    const environment = {
      ...jobsEnvironment(deployment),
      ...toEnvironment({
        bucket: data.bucket.bucketName,
        provider: "cuda",
        ...(downloaded && { bundle: BUNDLE_FOLDER }),
      }),
    };
    const from = `s3://${data.bucket.bucketName}/${BUNDLE_PREFIX}${bundle.digest}`;
    const container = new EcsEc2ContainerDefinition(this, "Worker", {
      image: cudaImage(this, deployment),
      cpu: WORKER_CPUS,
      memory: WORKER_MEMORY,
      gpu: 1,
      jobRole,
      environment,
      ...(downloaded && {
        command: ["sh", "-c", `node download-bundle.js ${from} ${BUNDLE_FOLDER} && exec node drain.js`],
      }),
      readonlyRootFilesystem: true,
      volumes: [EcsVolume.host({ name: "tmp", containerPath: "/tmp" })],
      linuxParameters: new LinuxParameters(this, "Linux", { initProcessEnabled: true }),
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: "worker" }),
    });
    acknowledge(container.executionRole, {
      "IAM5[Resource::*]": "ecr:GetAuthorizationToken supports no narrower resource.",
    });
    return container;
  }
}

// Machines with a GPU: AWS Batch starts them on Spot when the scaler submits a worker, and none run when none is needed.
import { CfnOutput, Duration, RemovalPolicy, Size, Stack, type StackProps } from "aws-cdk-lib";
import {
  Action,
  AllocationStrategy,
  EcsEc2ContainerDefinition,
  EcsJobDefinition,
  EcsMachineImageType,
  EcsVolume,
  JobQueue,
  LinuxParameters,
  ManagedEc2EcsComputeEnvironment,
  Reason,
  RetryStrategy,
} from "aws-cdk-lib/aws-batch";
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
} from "aws-cdk-lib/aws-ec2";
import { ContainerImage, LogDriver } from "aws-cdk-lib/aws-ecs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { type Deployment, jobsEnvironment, toEnvironment } from "./deployment.ts";
import { logName, type ServiceFunction, zipFunction } from "./function.ts";
import { addGpuAlarms } from "./gpu-alarms.ts";
import { cudaImage } from "./image.ts";
import { eachMinute } from "./maintenance.ts";
import { accept } from "./nag.ts";
import { makeNetwork } from "./network.ts";
import { BUNDLES, Permissions } from "./permissions.ts";

/** One worker fills the smallest machine of each family that has one GPU; ECS keeps some of the 16 GiB for itself. */
const CPUS = 4;
const MEMORY = Size.mebibytes(14_000);
/** Of a machine: the image, and weights that are not in it. */
const DISK_GIB = 100;
/** A worker ends when its queue is empty. One that is still there then hangs. */
const LONGEST = Duration.hours(12);
const FETCHED = "/tmp/bundle";

export class GpuWorkers extends Stack {
  readonly scaler: ServiceFunction;

  constructor(scope: Construct, id: string, deployment: Deployment, props: StackProps) {
    super(scope, id, props);
    const { settings, data } = deployment;
    const log = new LogGroup(this, "Log", {
      logGroupName: logName(settings, "drain"),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const queue = new JobQueue(this, "Queue", {
      computeEnvironments: [{ computeEnvironment: this.#machines(deployment), order: 1 }],
    });
    const definition = new EcsJobDefinition(this, "Drain", {
      container: this.#container(deployment, log),
      // Spot took the machine away; whatever else ends a worker early would do so again.
      retryAttempts: 3,
      retryStrategies: [
        RetryStrategy.of(Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
        RetryStrategy.of(Action.EXIT, Reason.custom({ onReason: "*" })),
      ],
      timeout: LONGEST,
    });
    this.scaler = zipFunction(this, "scaler", deployment, {
      ...jobsEnvironment(deployment),
      ...toEnvironment({
        batchQueue: queue.jobQueueArn,
        batchJob: definition.jobDefinitionArn,
        maxWorkers: settings.maxWorkers,
      }),
    });
    this.scaler.may.jobs().lists().counts(data.queues.jobs).starts(queue.jobQueueArn, [definition.jobDefinitionArn]);
    accept(this.scaler, {
      "IAM5[Resource::*]": "batch:ListJobs is given for all queues of an account, or not at all.",
    });
    eachMinute(this.scaler);
    addGpuAlarms(this, queue, deployment.alarms);
    new CfnOutput(this, "BatchQueue", { value: queue.jobQueueArn });
  }

  #machines({ settings }: Deployment): ManagedEc2EcsComputeEnvironment {
    const { vpc, closed } = makeNetwork(this);
    const template = new LaunchTemplate(this, "Machine", {
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      // The worker asks from within a container whether Spot is about to take its machine away.
      httpPutResponseHopLimit: 2,
      detailedMonitoring: true,
      blockDevices: [
        {
          deviceName: "/dev/xvda",
          volume: BlockDeviceVolume.ebs(DISK_GIB, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
    });
    const machines = new ManagedEc2EcsComputeEnvironment(this, "Machines", {
      vpc,
      securityGroups: [closed],
      vpcSubnets: { subnets: vpc.publicSubnets },
      spot: true,
      allocationStrategy: AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED,
      instanceTypes: settings.gpu!.instances.map((type) => new InstanceType(type)),
      useOptimalInstanceClasses: false,
      images: [{ imageType: EcsMachineImageType.ECS_AL2023_NVIDIA }],
      launchTemplate: template,
      minvCpus: 0,
      // The scaler counts workers; this only must not be in its way, whichever type Spot gives.
      maxvCpus: settings.maxWorkers * Math.max(...settings.gpu!.instances.map(cpusOf)),
      updateToLatestImageVersion: true,
      // A worker whose machine is to be replaced ends what it draws.
      terminateOnUpdate: false,
      updateTimeout: Duration.minutes(30),
    });
    accept(machines, {
      "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]":
        "AWS's own policy for machines that ECS runs on, which AWS keeps up with the agent.",
    });
    return machines;
  }

  #container(deployment: Deployment, logGroup: LogGroup): EcsEc2ContainerDefinition {
    const { data, model, settings } = deployment;
    const { jobs } = data.queues;
    const fetched = settings.gpu!.weights === "s3";
    const jobRole = new Role(this, "WorkerRole", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
    const may = new Permissions(jobRole, data)
      .jobs()
      .takes(jobs)
      .sends(jobs)
      .reads("uploads", "stages", "pictures")
      .writes("stages", "previews", "pictures");
    if (fetched) may.readsBundles();
    const environment = {
      ...jobsEnvironment(deployment),
      ...toEnvironment({
        bucket: data.bucket.bucketName,
        provider: "cuda",
        ...(fetched && { bundle: FETCHED }),
      }),
    };
    const from = `s3://${data.bucket.bucketName}/${BUNDLES}${model.digest}`;
    const container = new EcsEc2ContainerDefinition(this, "Worker", {
      image: ContainerImage.fromDockerImageAsset(cudaImage(this, deployment)),
      cpu: CPUS,
      memory: MEMORY,
      gpu: 1,
      jobRole,
      environment,
      ...(fetched && { command: ["sh", "-c", `node download-bundle.js ${from} ${FETCHED} && exec node drain.js`] }),
      readonlyRootFilesystem: true,
      volumes: [EcsVolume.host({ name: "tmp", containerPath: "/tmp" })],
      linuxParameters: new LinuxParameters(this, "Linux", { initProcessEnabled: true }),
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: "worker" }),
    });
    accept(container.executionRole, {
      "IAM5[Resource::*]": "ecr:GetAuthorizationToken is given for all of an account, or not at all.",
    });
    return container;
  }
}

/** "g5.2xlarge" has 8. */
function cpusOf(type: string): number {
  return CPUS * Number(/\.(\d*)xlarge$/.exec(type)?.[1] || 1);
}

// GPU workers on AWS Batch. The scaler submits them, Batch starts Spot machines for them, and an idle queue costs nothing.
import { CfnOutput, Duration, RemovalPolicy, Size } from "aws-cdk-lib";
import {
  Action,
  AllocationStrategy,
  type CfnComputeEnvironment,
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
import { LogDriver } from "aws-cdk-lib/aws-ecs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { type Deployment, jobsEnvironment, toEnvironment } from "./deployment.ts";
import { logGroupName, type ServiceFunction, zipFunction } from "./function.ts";
import { addGpuAlarms } from "./gpu-alarms.ts";
import { cudaImage } from "./image.ts";
import { everyMinute } from "./maintenance.ts";
import { makeNetwork } from "./network.ts";
import { BUNDLE_PREFIX, Permissions } from "./permissions.ts";

/** One worker fills the smallest machine of each family with one GPU; ECS reserves part of its 16 GiB. */
const WORKER_CPUS = 4;
const WORKER_MEMORY = Size.mebibytes(14_000);
/** Per machine: holds the image, and weights that are downloaded. */
const DISK_GIB = 100;
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
    const queue = new JobQueue(this, "Queue", {
      computeEnvironments: [{ computeEnvironment: this.#machines(deployment), order: 1 }],
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
      }),
    });
    this.scaler.grant.jobs().lists().counts(data.queues.jobs).starts(queue.jobQueueArn, [definition.jobDefinitionArn]);
    acknowledge(this.scaler, {
      "IAM5[Resource::*]": "batch:ListJobs supports no narrower resource.",
    });
    everyMinute(this.scaler);
    addGpuAlarms(this, queue, deployment.alarms);
    new CfnOutput(this, "BatchQueue", { value: queue.jobQueueArn });
  }

  #machines({ settings }: Deployment): ManagedEc2EcsComputeEnvironment {
    const { vpc, securityGroup } = makeNetwork(this);
    const template = new LaunchTemplate(this, "Machine", {
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      // The worker reads the Spot interruption notice from inside a container, which is one hop more.
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
      securityGroups: [securityGroup],
      vpcSubnets: { subnets: vpc.publicSubnets },
      spot: true,
      allocationStrategy: AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED,
      instanceTypes: settings.gpu!.instances.map((type) => new InstanceType(type)),
      useOptimalInstanceClasses: false,
      images: [{ imageType: EcsMachineImageType.ECS_AL2023_NVIDIA }],
      launchTemplate: template,
      minvCpus: 0,
      // The scaler limits the number of workers. This limit must not be lower, whichever type Spot provides.
      maxvCpus: settings.maxWorkers * Math.max(...settings.gpu!.instances.map(vcpus)),
      updateToLatestImageVersion: true,
      // Lets a worker finish its job before its machine is replaced.
      terminateOnUpdate: false,
      updateTimeout: Duration.minutes(30),
    });
    // Without a number, Batch keeps the version that was the default when the template was created.
    (machines.node.defaultChild as CfnComputeEnvironment).addPropertyOverride(
      "ComputeResources.LaunchTemplate.Version",
      template.latestVersionNumber,
    );
    acknowledge(machines, {
      "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]":
        "AWS's managed policy for ECS container instances, which AWS updates together with the agent.",
    });
    return machines;
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

/** A "g5.2xlarge" has 8. */
function vcpus(type: string): number {
  return WORKER_CPUS * Number(/\.(\d*)xlarge$/.exec(type)?.[1] || 1);
}

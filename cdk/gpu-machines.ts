// The machines of GPU workers: what Batch may start, and in which order it tries.
import { Duration } from "aws-cdk-lib";
import {
  AllocationStrategy,
  type CfnComputeEnvironment,
  EcsMachineImageType,
  ManagedEc2EcsComputeEnvironment,
} from "aws-cdk-lib/aws-batch";
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
} from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { makeNetwork } from "./network.ts";
import type { Settings } from "./settings.ts";

/** One worker fills the smallest machine of each family with one GPU. */
export const WORKER_CPUS = 4;
/** Per machine: holds the image, and weights that are downloaded. */
const DISK_GIB = 100;

/** Spot first; on-demand machines, if they are allowed, where Spot has none. */
export function makeMachines(scope: Construct, { gpu, maxWorkers }: Settings): ManagedEc2EcsComputeEnvironment[] {
  const { instances, onDemand, zones } = gpu!;
  const { vpc, securityGroup } = makeNetwork(scope, zones);
  const template = makeTemplate(scope);
  const create = (id: string, spot: boolean): ManagedEc2EcsComputeEnvironment => {
    const machines = new ManagedEc2EcsComputeEnvironment(scope, id, {
      vpc,
      securityGroups: [securityGroup],
      vpcSubnets: { subnets: vpc.publicSubnets },
      spot,
      allocationStrategy: spot
        ? AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED
        : AllocationStrategy.BEST_FIT_PROGRESSIVE,
      instanceTypes: instances.map((type) => new InstanceType(type)),
      useOptimalInstanceClasses: false,
      images: [{ imageType: EcsMachineImageType.ECS_AL2023_NVIDIA }],
      launchTemplate: template,
      minvCpus: 0,
      // The scaler limits the number of workers. This limit must not be lower, whichever type Batch starts.
      maxvCpus: maxWorkers * Math.max(...instances.map(vcpus)),
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
  };
  return [create("Machines", true), ...(onDemand ? [create("OnDemandMachines", false)] : [])];
}

function makeTemplate(scope: Construct): LaunchTemplate {
  return new LaunchTemplate(scope, "Machine", {
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
}

/** A "g5.2xlarge" has 8. */
function vcpus(type: string): number {
  return WORKER_CPUS * Number(/\.(\d*)xlarge$/.exec(type)?.[1] || 1);
}

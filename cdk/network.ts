// The network of GPU workers: public subnets, no inbound traffic. Private subnets would need a NAT gateway or interface
// endpoints, which cost by the hour even when idle; a public address costs only while its machine runs.
import { Fn, RemovalPolicy } from "aws-cdk-lib";
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

type Network = { readonly vpc: Vpc; readonly securityGroup: SecurityGroup };

/** `zones`: the stacks name no region, so CloudFormation selects the first zones of the region that it deploys to. */
export function makeNetwork(scope: Construct, zones: number): Network {
  const vpc = new Vpc(scope, "Vpc", {
    ipAddresses: IpAddresses.cidr("10.0.0.0/16"),
    availabilityZones: Array.from({ length: zones }, (_, i) => Fn.select(i, Fn.getAzs())),
    natGateways: 0,
    // With a mask, the addresses of a subnet do not depend on the number of zones, so that another zone replaces none.
    subnetConfiguration: [{ name: "public", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true, cidrMask: 20 }],
    // Nothing uses the VPC's default security group. Restricting it would need a CDK custom resource with broad permissions.
    restrictDefaultSecurityGroup: false,
    gatewayEndpoints: {
      S3: { service: GatewayVpcEndpointAwsService.S3 },
      DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
    },
  });
  const log = new LogGroup(scope, "NetworkLog", {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  vpc.addFlowLog("Flow", {
    destination: FlowLogDestination.toCloudWatchLogs(log),
    trafficType: FlowLogTrafficType.REJECT,
  });
  const securityGroup = new SecurityGroup(scope, "Workers", {
    vpc,
    description: "Workers with a GPU: no inbound traffic",
    allowAllOutbound: true,
  });
  return { vpc, securityGroup };
}

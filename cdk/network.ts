// The network of GPU workers: public subnets, no inbound traffic. Private subnets would need a NAT gateway or interface
// endpoints, which cost by the hour even when idle; a public address costs only while its machine runs.
import { RemovalPolicy } from "aws-cdk-lib";
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

/** More zones offer more Spot capacity. Every region has at least two. */
const MAX_ZONES = 2;

type Network = { readonly vpc: Vpc; readonly securityGroup: SecurityGroup };

export function makeNetwork(scope: Construct): Network {
  const vpc = new Vpc(scope, "Network", {
    ipAddresses: IpAddresses.cidr("10.0.0.0/20"),
    maxAzs: MAX_ZONES,
    natGateways: 0,
    subnetConfiguration: [{ name: "public", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
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
  const securityGroup = new SecurityGroup(scope, "Closed", {
    vpc,
    description: "Workers with a GPU: no inbound traffic",
    allowAllOutbound: true,
  });
  return { vpc, securityGroup };
}

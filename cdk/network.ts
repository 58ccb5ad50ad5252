// Where machines with a GPU live. Public subnets without a way in: a NAT gateway or the interface endpoints that private
// subnets need cost by the hour though nobody draws; a machine's public address costs while the machine runs.
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

/** More zones are more places with Spot capacity; a template that names no region can count on two. */
const ZONES = 2;

export type Network = { readonly vpc: Vpc; readonly closed: SecurityGroup };

export function makeNetwork(scope: Construct): Network {
  const vpc = new Vpc(scope, "Network", {
    ipAddresses: IpAddresses.cidr("10.0.0.0/20"),
    maxAzs: ZONES,
    natGateways: 0,
    subnetConfiguration: [{ name: "public", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
    // Nothing uses the group that every network has; closing it takes a function of the CDK's with wide rights.
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
  const closed = new SecurityGroup(scope, "Closed", {
    vpc,
    description: "Workers with a GPU: nothing comes in",
    allowAllOutbound: true,
  });
  return { vpc, closed };
}

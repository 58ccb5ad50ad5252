// Every edge of the templates along which one resource calls another, with the permission that AWS then checks.
import type { Node } from "./graph.ts";

export type Edge = {
  /** Id of the resource that causes the call. */
  readonly from: string;
  /** Id of the resource that is called, or the ARN of a key. */
  readonly to: string;
  /** Who calls: the id of a role, a service, or "*" for everybody. */
  readonly principal: string;
  readonly actions: readonly string[];
};

const QUEUE_SOURCE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
const STREAM_SOURCE = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];

type Rule = (node: Node, find: (id: string) => Node, nodes: readonly Node[]) => readonly Edge[];

const isAlias =
  (name: string, lambda: string) =>
  ({ type, properties, refersTo }: Node) =>
    type === "AWS::Lambda::Alias" && properties.Name === name && refersTo(properties.FunctionName).includes(lambda);

/** By the type of the resource that causes the calls. */
const RULES: Readonly<Record<string, Rule>> = {
  "AWS::CloudWatch::Alarm": ({ id, properties, refersTo }) =>
    refersTo([properties.AlarmActions, properties.OKActions, properties.InsufficientDataActions]).map((to) => ({
      from: id,
      to,
      principal: "cloudwatch.amazonaws.com",
      actions: ["sns:Publish"],
    })),
  "AWS::Events::Rule": ({ id, properties, refersTo }, find) =>
    (properties.Targets ?? []).flatMap(({ Arn }: { Arn: unknown }) =>
      refersTo(Arn).map((to) => ({
        from: id,
        to,
        principal: "events.amazonaws.com",
        actions: [INVOKED_BY_RULE[find(to).type] ?? "an action that test/support/cdk/edges.ts does not know"],
      })),
    ),
  "AWS::ApiGatewayV2::Integration": ({ properties, refersTo }) =>
    refersTo(properties.IntegrationUri).map((to) => ({
      from: refersTo(properties.ApiId)[0]!,
      to,
      principal: "apigateway.amazonaws.com",
      actions: ["lambda:InvokeFunction"],
    })),
  "AWS::Lambda::Url": ({ id, properties, refersTo }, _, nodes) => [
    {
      from: id,
      to: nodes.find(isAlias(properties.Qualifier, refersTo(properties.TargetFunctionArn)[0]!))!.id,
      principal: "*",
      // The second has been required since October 2025.
      actions: ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"],
    },
  ],
  "AWS::Lambda::EventSourceMapping": ({ id, properties, refersTo }, find) => {
    const principal = roleOf(find(refersTo(properties.FunctionName)[0]!), find);
    const source = refersTo(properties.EventSourceArn)[0]!;
    const failed = refersTo(properties.DestinationConfig?.OnFailure?.Destination);
    return [
      {
        from: id,
        to: source,
        principal,
        actions: find(source).type === "AWS::DynamoDB::Table" ? STREAM_SOURCE : QUEUE_SOURCE,
      },
      ...failed.map((to) => ({ from: id, to, principal, actions: ["sqs:SendMessage"] })),
    ];
  },
  "AWS::Lambda::Function": (node, find) => [
    ...writesLog(node.id, roleOf(node, find), node.refersTo(node.properties.LoggingConfig.LogGroup)),
    ...uses(node, roleOf(node, find), node.properties.Environment?.Variables),
    ...assumes(node, roleOf(node, find), find),
  ],
  "AWS::Lambda::Alias": ({ id, properties, updatePolicy, refersTo }, find) => {
    const groups = refersTo(updatePolicy?.CodeDeployLambdaAliasUpdate?.DeploymentGroupName).map(find);
    return groups.map((group) => ({
      from: id,
      to: refersTo(properties.FunctionName)[0]!,
      principal: group.refersTo(group.properties.ServiceRoleArn)[0]!,
      actions: ["lambda:GetAlias", "lambda:UpdateAlias"],
    }));
  },
  "AWS::Batch::JobDefinition": (node) => {
    const { JobRoleArn, ExecutionRoleArn, Environment, LogConfiguration } = node.properties.ContainerProperties;
    return [
      ...uses(node, node.refersTo(JobRoleArn)[0]!, Environment),
      ...writesLog(node.id, node.refersTo(ExecutionRoleArn)[0]!, node.refersTo(LogConfiguration)),
    ];
  },
  "AWS::CloudFront::Distribution": ({ id, properties, refersTo }, find) =>
    properties.DistributionConfig.Origins.flatMap(({ DomainName }: { DomainName: unknown }) =>
      refersTo(DomainName)
        .filter((to) => find(to).type === "AWS::S3::Bucket")
        .map((to) => ({ from: id, to, principal: "cloudfront.amazonaws.com", actions: ["s3:GetObject"] })),
    ),
  "AWS::Pipes::Pipe": ({ id, properties, refersTo }) => {
    const principal = refersTo(properties.RoleArn)[0]!;
    const [table] = refersTo(properties.Source);
    return [
      { from: id, to: table!, principal, actions: STREAM_SOURCE },
      { from: id, to: JSON.stringify(properties.Target), principal, actions: ["events:PutEvents"] },
    ];
  },
  "AWS::EC2::FlowLog": ({ id, properties, refersTo }) =>
    writesLog(id, refersTo(properties.DeliverLogsPermissionArn)[0]!, refersTo(properties.LogGroupName)),
  "AWS::S3::Bucket": ({ id, properties, refersTo }) =>
    refersTo(properties.LoggingConfiguration?.DestinationBucketName).map((to) => ({
      from: id,
      to,
      principal: "logging.s3.amazonaws.com",
      actions: ["s3:PutObject"],
    })),
};

const INVOKED_BY_RULE: Readonly<Record<string, string>> = {
  "AWS::Lambda::Function": "lambda:InvokeFunction",
  "AWS::Lambda::Alias": "lambda:InvokeFunction",
  "AWS::SNS::Topic": "sns:Publish",
  "AWS::SQS::Queue": "sqs:SendMessage",
};

/** `edges` need a permission; `uses` tells which resources a role may touch at all. */
export function edgesOf(nodes: readonly Node[]): readonly Edge[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const find = (id: string): Node => {
    const node = byId.get(id);
    if (node === undefined) throw new Error(`no resource ${id}`);
    return node;
  };
  const direct = nodes.flatMap((node) => RULES[node.type]?.(node, find, nodes) ?? []);
  return direct.flatMap((edge) => [edge, ...keyEdges(edge, byId.get(edge.to))]);
}

/** Whoever reads or writes a resource with a customer managed key needs the key too. */
function keyEdges(edge: Edge, target: Node | undefined): readonly Edge[] {
  const key = target && keyOf(target);
  if (key === undefined) return [];
  const writes = edge.actions.some((action) => /Send|Publish|Put/.test(action));
  return [
    {
      ...edge,
      to: key,
      actions: edge.actions.length === 0 ? [] : ["kms:Decrypt", ...(writes ? ["kms:GenerateDataKey"] : [])],
    },
  ];
}

function keyOf({ properties, refersTo }: Node): string | undefined {
  const id =
    properties.KmsMasterKeyId ??
    properties.SSESpecification?.KMSMasterKeyId ??
    properties.KmsKeyId ??
    properties.BucketEncryption?.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID;
  return refersTo(id)[0] ?? id;
}

/** A resource that the environment names may be used, by whichever actions the code needs (test/cdk/policies.test.ts). */
function uses({ id, refersTo }: Node, principal: string, environment: unknown): readonly Edge[] {
  return refersTo(environment).map((to) => ({ from: id, to, principal, actions: [] }));
}

/** A function assumes the role that its environment names, and signs URLs of the bucket with it. */
function assumes({ id, refersTo, properties }: Node, principal: string, find: (id: string) => Node): readonly Edge[] {
  const used = refersTo(properties.Environment?.Variables);
  const ofType = (type: string) => used.filter((one) => find(one).type === type);
  return ofType("AWS::IAM::Role").flatMap((role) => [
    { from: id, to: role, principal, actions: ["sts:AssumeRole"] },
    ...ofType("AWS::S3::Bucket").map((to) => ({ from: id, to, principal: role, actions: ["s3:GetObject"] })),
  ]);
}

function writesLog(from: string, principal: string, groups: readonly string[]): readonly Edge[] {
  return groups.map((to) => ({ from, to, principal, actions: ["logs:CreateLogStream", "logs:PutLogEvents"] }));
}

/** The role of a function, of its version or of its alias. */
function roleOf({ type, properties, refersTo }: Node, find: (id: string) => Node): string {
  return type === "AWS::Lambda::Function"
    ? refersTo(properties.Role)[0]!
    : roleOf(find(refersTo(properties.FunctionName)[0]!), find);
}

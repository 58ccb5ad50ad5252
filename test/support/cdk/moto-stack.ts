// Adapts a template to moto's CloudFormation: removes the resources that moto does not model, and replaces references to
// them with placeholders. What calls a function by its alias calls the function itself.
import type { Resource, Template } from "./synth.ts";

/** docs/reports/aws-proof.md lists them. A test fails when moto models one of them, or when the stacks use another one. */
export const NOT_MODELLED: ReadonlySet<string> = new Set([
  "AWS::ApiGatewayV2::Api",
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGatewayV2::Route",
  "AWS::ApiGatewayV2::Stage",
  "AWS::Budgets::Budget",
  "AWS::CloudFront::CachePolicy",
  "AWS::CloudFront::Distribution",
  "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
  "AWS::Chatbot::SlackChannelConfiguration",
  "AWS::CloudFront::Function",
  "AWS::CloudFront::KeyGroup",
  "AWS::CloudFront::OriginAccessControl",
  "AWS::CloudFront::PublicKey",
  "AWS::CloudFront::ResponseHeadersPolicy",
  "AWS::CloudWatch::Alarm",
  "AWS::CodeDeploy::Application",
  "AWS::CodeDeploy::DeploymentGroup",
  "AWS::Lambda::Alias",
  "AWS::Lambda::EventInvokeConfig",
  "AWS::Lambda::Url",
  "AWS::Pipes::Pipe",
  "AWS::S3::BucketPolicy",
  "AWS::SecretsManager::Secret",
  "AWS::SNS::Subscription",
  "AWS::SNS::TopicPolicy",
  "AWS::SQS::QueuePolicy",
  "Custom::UnclipSecrets",
]);

export function forMoto({ Resources, ...template }: Template): Template {
  const removed = new Set(Object.keys(Resources).filter((name) => NOT_MODELLED.has(Resources[name]!.Type)));
  const remaining = Object.entries(Resources)
    .filter(([name]) => !removed.has(name))
    .map(([name, resource]) => [name, withRole(resource, Resources)]);
  const batch = new Set(Object.keys(Resources).filter((name) => Resources[name]!.Type.startsWith("AWS::Batch::")));
  const aliases = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::Lambda::Alias");
  const aliased = new Map(
    aliases.map(([name, { Properties }]) => [name, { "Fn::GetAtt": [Properties.FunctionName.Ref, "Arn"] }]),
  );
  return adapt({ ...template, Resources: Object.fromEntries(remaining) }, { removed, batch, aliased }) as Template;
}

/** AWS defaults to its service-linked role and accepts "managed" in lower case; moto does neither. */
function withRole(resource: Resource, all: Template["Resources"]): Resource {
  if (resource.Type !== "AWS::Batch::ComputeEnvironment") return resource;
  const [role] = Object.keys(all).filter((name) => all[name]!.Type === "AWS::IAM::Role");
  const ServiceRole = { "Fn::GetAtt": [role, "Arn"] };
  return { ...resource, Properties: { ...resource.Properties, ServiceRole, Type: "MANAGED" } };
}

type Names = {
  readonly removed: ReadonlySet<string>;
  /** moto resolves a Ref to these resources to their ARN, but resolves no attributes of them. */
  readonly batch: ReadonlySet<string>;
  /** Functions' ARNs, by the names of their aliases. */
  readonly aliased: ReadonlyMap<string, unknown>;
};

function adapt(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((one) => adapt(one, names));
  if (value === null || typeof value !== "object") return value;
  const { Ref, "Fn::GetAtt": attribute } = value as { Ref?: string; "Fn::GetAtt"?: [string, string] };
  if (Ref !== undefined && names.aliased.has(Ref)) return names.aliased.get(Ref);
  if (Ref !== undefined && names.removed.has(Ref)) return `arn:aws:placeholder:us-east-1:123456789012:${Ref}`;
  if (attribute && names.removed.has(attribute[0])) return `https://placeholder.example.com/${attribute.join("/")}`;
  if (attribute && names.batch.has(attribute[0])) return { Ref: attribute[0] };
  return Object.fromEntries(
    Object.entries(value)
      .map(
        ([name, inner]) =>
          [name, name === "DependsOn" ? remainingDependencies(inner, names) : adapt(inner, names)] as const,
      )
      .filter(([, inner]) => inner !== undefined),
  );
}

function remainingDependencies(dependencies: unknown, { removed }: Names): unknown {
  const left = [dependencies].flat().filter((name) => !removed.has(name as string));
  return left.length > 0 ? left : undefined;
}

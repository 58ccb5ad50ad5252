// A template as moto's CloudFormation can take it: without what it does not model, and with placeholders where the rest
// refers to that.
import type { Resource, Template } from "./synth.ts";

/** docs/reports/aws-proof.md names them. The test fails when moto learns one of them, or when we use another one. */
export const NOT_MODELLED: ReadonlySet<string> = new Set([
  "AWS::ApiGatewayV2::Api",
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGatewayV2::Route",
  "AWS::ApiGatewayV2::Stage",
  "AWS::Budgets::Budget",
  "AWS::CloudFront::Distribution",
  "AWS::CloudFront::Function",
  "AWS::CloudWatch::Alarm",
  "AWS::Lambda::EventInvokeConfig",
  "AWS::Lambda::Url",
  "AWS::S3::BucketPolicy",
  "AWS::SecretsManager::Secret",
  "AWS::SNS::Subscription",
  "AWS::SNS::TopicPolicy",
  "AWS::SQS::QueuePolicy",
]);

export function forMoto({ Resources, ...template }: Template): Template {
  const gone = new Set(Object.keys(Resources).filter((name) => NOT_MODELLED.has(Resources[name]!.Type)));
  const kept = Object.entries(Resources)
    .filter(([name]) => !gone.has(name))
    .map(([name, resource]) => [name, withRole(resource, Resources)]);
  const batch = new Set(Object.keys(Resources).filter((name) => Resources[name]!.Type.startsWith("AWS::Batch::")));
  return adapted({ ...template, Resources: Object.fromEntries(kept) }, { gone, batch }) as Template;
}

/** AWS takes its own service-linked role where none is named, and "managed" as CloudFormation's own pages write it. */
function withRole(resource: Resource, all: Template["Resources"]): Resource {
  if (resource.Type !== "AWS::Batch::ComputeEnvironment") return resource;
  const [role] = Object.keys(all).filter((name) => all[name]!.Type === "AWS::IAM::Role");
  const ServiceRole = { "Fn::GetAtt": [role, "Arn"] };
  return { ...resource, Properties: { ...resource.Properties, ServiceRole, Type: "MANAGED" } };
}

/** `batch`: moto knows these by reference, as which it gives their ARN, but not by attribute. */
type Names = { readonly gone: ReadonlySet<string>; readonly batch: ReadonlySet<string> };

function adapted(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((one) => adapted(one, names));
  if (value === null || typeof value !== "object") return value;
  const { Ref, "Fn::GetAtt": attribute } = value as { Ref?: string; "Fn::GetAtt"?: [string, string] };
  if (Ref !== undefined && names.gone.has(Ref)) return `arn:aws:placeholder:us-east-1:123456789012:${Ref}`;
  if (attribute && names.gone.has(attribute[0])) return `https://placeholder.example.com/${attribute.join("/")}`;
  if (attribute && names.batch.has(attribute[0])) return { Ref: attribute[0] };
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => [name, name === "DependsOn" ? standing(inner, names) : adapted(inner, names)] as const)
      .filter(([, inner]) => inner !== undefined),
  );
}

function standing(dependencies: unknown, { gone }: Names): unknown {
  const left = [dependencies].flat().filter((name) => !gone.has(name as string));
  return left.length > 0 ? left : undefined;
}

// Deploys stacks on moto's CloudFormation.
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { moto, s3 } from "../aws/moto-resources.ts";
import { forMoto } from "./moto-stack.ts";
import type { Templates } from "./synth.ts";

/** The stacks in the order of their dependencies. */
export const ORDER = ["data", "workers", "api", "maintenance", "gpu", "observability", "budget"];

/** The asset bucket of a bootstrapped account. */
const ASSETS = "cdk-hnb659fds-assets-123456789012-us-east-1";
const EMPTY_ZIP = Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]);

/** Creates what `cdk bootstrap` and the upload of assets create in an account. */
export async function bootstrap(templates: Templates): Promise<void> {
  await post("ssm", {
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.PutParameter" },
    body: JSON.stringify({ Name: "/cdk-bootstrap/hnb659fds/version", Value: "30", Type: "String", Overwrite: true }),
  });
  await s3.send(new CreateBucketCommand({ Bucket: ASSETS })).catch(() => {});
  const resources = Object.values(templates).flatMap(({ Resources }) => Object.values(Resources));
  const keys = new Set(resources.flatMap(({ Properties }) => Properties?.Code?.S3Key ?? []));
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: ASSETS, Key, Body: EMPTY_ZIP }));
}

/** Rejects with CloudFormation's error. */
export async function deploy(
  action: "CreateStack" | "UpdateStack",
  name: string,
  templates: Templates,
  stacks: readonly string[] = ORDER,
): Promise<void> {
  for (const stack of stacks) {
    const TemplateBody = JSON.stringify(forMoto(templates[stack]!));
    await cloudFormation(action, {
      StackName: `${name}-${stack}`,
      TemplateBody,
      "Capabilities.member.1": "CAPABILITY_IAM",
    });
  }
}

export async function output(StackName: string, name: string): Promise<string> {
  const response = await cloudFormation("DescribeStacks", { StackName });
  const found = new RegExp(`<OutputKey>${name}</OutputKey>\\s*<OutputValue>([^<]+)</OutputValue>`).exec(response);
  return found![1]!;
}

/** The answer in XML. */
export function cloudFormation(Action: string, input: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ Action, Version: "2010-05-15", ...input }).toString();
  return post("cloudformation", { headers: { "content-type": "application/x-www-form-urlencoded" }, body });
}

/** moto reads only the service's name from the signature. */
async function post(
  service: string,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<string> {
  const scope = `Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`;
  const response = await fetch(moto!, { method: "POST", headers: { ...headers, authorization }, body });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${service}: ${response.status} ${answer.slice(0, 500)}`);
  return answer;
}

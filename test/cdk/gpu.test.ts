// GPU workers on AWS Batch, as the templates declare them.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { EVERYTHING, everyOf, ofType, one, refersTo, synthesise, type Templates } from "../support/cdk/synth.ts";

let plain: Templates;
let full: Templates;

beforeAll(() => {
  plain = synthesise().templates;
  full = synthesise(EVERYTHING).templates;
}, 120_000);

describe("GPUs", () => {
  test("gpu off creates no Batch resources, network or machines", () => {
    expect(Object.keys(plain).sort()).toEqual(["api", "data", "maintenance", "observability", "workers"]);
    const types = Object.values(plain).flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
    expect(types.filter((type) => /^AWS::(Batch|EC2|ECS)::/.test(type))).toEqual([]);
  });

  test("gpu on creates Spot machines from zero to maxWorkers, and no draw function", () => {
    const { ComputeResources } = one(full.gpu, "AWS::Batch::ComputeEnvironment").Properties;
    expect(ComputeResources).toMatchObject({
      Type: "SPOT",
      MinvCpus: 0,
      MaxvCpus: 8,
      InstanceTypes: ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"],
      Ec2Configuration: [{ ImageType: "ECS_AL2023_NVIDIA" }],
    });
    const [[template] = []] = ofType(full.gpu, "AWS::EC2::LaunchTemplate");
    expect(ComputeResources.LaunchTemplate.Version).toEqual({ "Fn::GetAtt": [template, "LatestVersionNumber"] });
    expect(
      everyOf(full, "AWS::Lambda::EventSourceMapping")
        .map(([name]) => name)
        .join(),
    ).not.toMatch(/draw/);
    expect(
      everyOf(full, "AWS::Events::Rule").filter(([name]) => name.startsWith("scaler"))[0]![1].Properties,
    ).toMatchObject({
      ScheduleExpression: "rate(1 minute)",
    });
  });

  test("larger instance types raise the vCPU limit, so that maxWorkers still fit", () => {
    const { gpu } = synthesise({ gpu: "on", gpuInstances: "g4dn.xlarge, g5.2xlarge", maxWorkers: "5" }).templates;
    expect(one(gpu, "AWS::Batch::ComputeEnvironment").Properties.ComputeResources.MaxvCpus).toBe(40);
  });

  test("machines are in three zones, or as many as wanted, and another zone moves no subnet", () => {
    const subnetsOf = (templates: Templates) =>
      ofType(templates.gpu, "AWS::EC2::Subnet").map(([, { Properties }]) => [
        Properties.AvailabilityZone["Fn::Select"][0],
        Properties.CidrBlock,
      ]);
    const three = subnetsOf(full);
    expect(three).toEqual([
      [0, "10.0.0.0/20"],
      [1, "10.0.16.0/20"],
      [2, "10.0.32.0/20"],
    ]);
    const four = synthesise({
      gpu: "on",
      zones: "4",
      onDemand: "on",
      maxWorkers: "3",
      minWorkers: "1",
      warmHours: "Mon-Fri 08:00-18:00",
    });
    expect(subnetsOf(four.templates)).toEqual([...three, [3, "10.0.48.0/20"]]);
    const { ComputeEnvironmentOrder } = one(four.templates.gpu, "AWS::Batch::JobQueue").Properties;
    const environments = ComputeEnvironmentOrder.map(
      ({ Order, ComputeEnvironment }: { Order: number; ComputeEnvironment: object }) => {
        const [, { Properties }] = ofType(four.templates.gpu, "AWS::Batch::ComputeEnvironment").find(([name]) =>
          refersTo(ComputeEnvironment, `"${name}"`),
        )!;
        return [Order, Properties.ComputeResources.Type, Properties.ComputeResources.AllocationStrategy];
      },
    );
    expect(environments).toEqual([
      [1, "SPOT", "SPOT_PRICE_CAPACITY_OPTIMIZED"],
      [2, "EC2", "BEST_FIT_PROGRESSIVE"],
    ]);
    const { Variables } = one(four.templates.gpu, "AWS::Lambda::Function").Properties.Environment;
    expect(Variables).toMatchObject({ UNCLIP_MIN_WORKERS: "1", UNCLIP_WARM_HOURS: "Mon-Fri 08:00-18:00" });
  });

  test("a worker has one GPU, writes to /tmp only, downloads its weights and is retried after a Spot interruption", () => {
    const { ContainerProperties, RetryStrategy } = one(full.gpu, "AWS::Batch::JobDefinition").Properties;
    expect(ContainerProperties).toMatchObject({
      ReadonlyRootFilesystem: true,
      ResourceRequirements: expect.arrayContaining([{ Type: "GPU", Value: "1" }]),
      MountPoints: [{ ContainerPath: "/tmp" }],
    });
    expect(refersTo(ContainerProperties.Command, "node download-bundle.js s3://")).toBe(true);
    expect(refersTo(ContainerProperties.Environment, "cuda")).toBe(true);
    expect(RetryStrategy.EvaluateOnExit).toEqual([
      { Action: "RETRY", OnStatusReason: "Host EC2*" },
      { Action: "EXIT", OnReason: "*" },
    ]);
  });

  test("alarms count workers that Batch cannot start and workers that failed", () => {
    const rules = ofType(full.gpu, "AWS::Events::Rule").filter(([, { Properties }]) => Properties.EventPattern);
    const patterns = rules.map(([, { Properties }]) => Properties.EventPattern);
    expect(patterns).toMatchObject([
      { source: ["aws.batch"], "detail-type": ["Batch Job Queue Blocked"] },
      { source: ["aws.batch"], "detail-type": ["Batch Job State Change"], detail: { status: ["FAILED"] } },
    ]);
    const [queue] = ofType(full.gpu, "AWS::Batch::JobQueue").map(([name]) => name);
    for (const { resources, detail } of patterns) expect(refersTo(resources ?? detail.jobQueue, queue!)).toBe(true);
    const counted = ofType(full.gpu, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties.Dimensions);
    for (const [name] of rules)
      expect(counted.filter((dimensions) => refersTo(dimensions ?? [], name))).toHaveLength(1);
  });

  test("the network has no NAT gateway or interface endpoint, and no inbound traffic", () => {
    expect(ofType(full.gpu, "AWS::EC2::NatGateway")).toEqual([]);
    const endpoints = ofType(full.gpu, "AWS::EC2::VPCEndpoint").map(([, { Properties }]) => Properties.VpcEndpointType);
    expect(endpoints).toEqual(["Gateway", "Gateway"]);
    const group = one(full.gpu, "AWS::EC2::SecurityGroup").Properties;
    expect(group.SecurityGroupIngress).toBeUndefined();
    expect(ofType(full.gpu, "AWS::EC2::SecurityGroupIngress")).toEqual([]);
    const { MetadataOptions } = one(full.gpu, "AWS::EC2::LaunchTemplate").Properties.LaunchTemplateData;
    expect(MetadataOptions).toMatchObject({ HttpTokens: "required", HttpPutResponseHopLimit: 2 });
  });
});

test("turning gpu on or off changes no export that another stack imports", () => {
  const exported = (templates: Templates) =>
    ["data", "workers", "api"].flatMap((stack) => Object.keys(templates[stack]?.Outputs ?? {})).sort();
  const { gpu, ...others } = EVERYTHING;
  const off = synthesise({ ...others, weights: "baked" }).templates;
  expect(gpu).toBe("on");
  expect(exported(off)).toEqual(exported(full));
});

describe("built images", () => {
  const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
  const image = `${registry}/unclip:v0.2.0-cpu`;
  const gpuImage = `${registry}/team/unclip@sha256:${"a".repeat(64)}`;

  test("a deployment of built images has no image to build, and runs them", () => {
    const { templates, folder } = synthesise({ gpu: "on", image, gpuImage });
    for (const [, { Properties }] of everyOf(templates, "AWS::Lambda::Function")) {
      if (Properties.PackageType === "Image") {
        expect(JSON.stringify(Properties.Code.ImageUri)).toMatch(
          /123456789012\.dkr\.ecr\.eu-west-1\..*unclip:v0\.2\.0-cpu/,
        );
        expect(Properties.ImageConfig.Command).toEqual(["embed.handler"]);
      }
    }
    const { Image } = one(templates.gpu, "AWS::Batch::JobDefinition").Properties.ContainerProperties;
    expect(JSON.stringify(Image)).toContain(`team/unclip@sha256:${"a".repeat(64)}`);
    const assets = readdirSync(folder).filter((file) => file.endsWith(".assets.json"));
    expect(assets.length).toBeGreaterThan(4);
    for (const file of assets) {
      const { dockerImages } = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
      expect(dockerImages ?? {}, file).toEqual({});
    }
  });

  test("the worker may pull its image from that repository, and no other", () => {
    const { templates } = synthesise({ gpu: "on", gpuImage });
    const policies = everyOf(templates, "AWS::IAM::Policy").filter(([, policy]) => refersTo(policy, "ecr:"));
    expect(policies).toHaveLength(1);
    const statements: readonly { Action: unknown; Resource: unknown }[] =
      policies[0]![1].Properties.PolicyDocument.Statement;
    const pulls = statements.filter(({ Action }) => refersTo(Action, "ecr:BatchGetImage"));
    expect(pulls.map(({ Resource }) => Resource)).toEqual([
      "arn:aws:ecr:eu-west-1:123456789012:repository/team/unclip",
    ]);
  });
});

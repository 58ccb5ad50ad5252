// Every call between resources has its permission, and every permission has its call. No emulator checks resource
// policies, so the templates are read.
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Edge, edgesOf } from "../support/cdk/edges.ts";
import { type Grant, grantsOf } from "../support/cdk/grants.ts";
import { nodesOf } from "../support/cdk/graph.ts";
import { EVERYTHING, KEY, ROOT, synthesise, type Templates, VARIANTS } from "../support/cdk/synth.ts";

/** Actions that support no narrower resource than "*". */
const ANYWHERE = "*";
/** What the owner of a customer managed key must allow in its policy, beside delegating to IAM. */
const ALLOWED_BY_OWNER = `${KEY}: cloudfront.amazonaws.com lacks kms:Decrypt`;
/** Pulled by Batch for a worker: the assets of a bootstrapped account are no part of the templates. */
const ASSETS = /container-assets/;

const isService = (principal: string) => !principal.includes("/");
const covers = (grant: Grant, { from, to, principal }: Edge, action: string) =>
  grant.principal === principal &&
  grant.actions.includes(action) &&
  grant.targets.includes(to) &&
  (!isService(principal) || principal === "*" || grant.sources.includes(from) || grant.ownAccount);

function missing(templates: Templates): string[] {
  const nodes = nodesOf(templates);
  const grants = grantsOf(nodes);
  return edgesOf(nodes).flatMap((edge) =>
    edge.actions
      .filter((action) => !grants.some((grant) => covers(grant, edge, action)))
      .map((action) => `${edge.from} -> ${edge.to}: ${edge.principal} lacks ${action}`),
  );
}

function unused(templates: Templates): string[] {
  const nodes = nodesOf(templates);
  const edges = edgesOf(nodes);
  return grantsOf(nodes).flatMap(({ principal, actions, targets, sources }) =>
    targets
      .filter((target) => target !== ANYWHERE && !ASSETS.test(target))
      .filter(
        (target) =>
          !edges.some(
            (edge) =>
              edge.principal === principal &&
              edge.to === target &&
              (sources.length === 0 || sources.includes(edge.from)),
          ),
      )
      .map((target) => `${principal} may ${actions} on ${target}`),
  );
}

describe.each(Object.entries(VARIANTS))("%s", (_, settings) => {
  let templates: Templates;

  beforeAll(() => {
    templates = synthesise(settings).templates;
  }, 120_000);

  test("has an Allow for every edge: alarms, rules, APIs, queues, streams, logs and keys", () => {
    expect(edgesOf(nodesOf(templates)).length).toBeGreaterThan(60);
    expect(missing(templates).filter((one) => !one.endsWith(ALLOWED_BY_OWNER))).toEqual([]);
  });

  test("allows nothing along which there is no edge", () => {
    expect(unused(templates)).toEqual([]);
  });
});

test("a service that acts for others acts for this account only", () => {
  for (const settings of Object.values(VARIANTS)) {
    const grants = grantsOf(nodesOf(synthesise(settings).templates));
    const services = grants.filter(({ principal }) => principal.endsWith(".amazonaws.com"));
    expect(services.length).toBeGreaterThan(5);
    expect(services.filter(({ ownAccount }) => !ownAccount)).toEqual([]);
  }
}, 120_000);

test("the owner of a customer managed key lets CloudFront decrypt pictures, as docs/reference/deployment-settings.md says", () => {
  const templates = synthesise({ key: KEY }).templates;
  expect(missing(templates)).toEqual([expect.stringContaining(ALLOWED_BY_OWNER)]);
  const page = readFileSync(path.join(ROOT, "docs", "reference", "deployment-settings.md"), "utf8");
  expect(page).toMatch(/"Principal": \{ "Service": "cloudfront\.amazonaws\.com" \},\s+"Action": "kms:Decrypt"/);
});

test("CloudFront reads the files that the API signs URLs of, for one distribution only", () => {
  const nodes = nodesOf(synthesise().templates);
  const [grant, ...others] = grantsOf(nodes).filter(({ principal }) => principal === "cloudfront.amazonaws.com");
  expect(others).toEqual([]);
  expect(grant).toMatchObject({ actions: ["s3:GetObject"], ownAccount: true });
  expect(grant!.sources.map((source) => source.slice(0, 18))).toEqual(["data/PicturesFront"]);
  const policy = nodes.find(({ type, id }) => type === "AWS::S3::BucketPolicy" && id.startsWith("data/BucketPolicy"));
  const [statement] = policy!.properties.PolicyDocument.Statement.filter(
    ({ Effect }: { Effect: string }) => Effect === "Allow",
  );
  const prefixes = JSON.stringify(statement.Resource).match(/\/\w+\/\*/g);
  expect(prefixes).toEqual(["/pictures/*", "/previews/*", "/uploads/*"]);
});

test("without CloudFront, each function that signs URLs has a role for it, which trusts that function alone", () => {
  const nodes = nodesOf(synthesise({ front: "off" }).templates);
  const readers = nodes.filter(({ type, id }) => type === "AWS::IAM::Role" && id.includes("Reader"));
  expect(readers).toHaveLength(5);
  for (const { properties, refersTo, id } of readers) {
    const [statement, ...others] = properties.AssumeRolePolicyDocument.Statement;
    expect(others).toEqual([]);
    const [trusted, ...more] = refersTo(statement.Principal.AWS);
    expect(more).toEqual([]);
    expect(trusted!.replace(/Role\w+$/, "")).toBe(id.replace(/Reader\w+$/, ""));
    expect(statement).toMatchObject({ Action: "sts:AssumeRole", Effect: "Allow" });
  }
});

test("CloudFront may write its logs, which it delivers by access control list", () => {
  const nodes = nodesOf(synthesise(EVERYTHING).templates);
  const distributions = nodes.filter(({ type }) => type === "AWS::CloudFront::Distribution");
  expect(distributions).toHaveLength(2);
  const logs = distributions.flatMap(({ refersTo, properties }) =>
    refersTo(properties.DistributionConfig.Logging.Bucket),
  );
  expect(new Set(logs).size).toBe(1);
  const bucket = nodes.find(({ id }) => logs.includes(id))!;
  expect(bucket.properties.OwnershipControls.Rules).toEqual([{ ObjectOwnership: "BucketOwnerPreferred" }]);
  expect(bucket.properties.BucketEncryption).toMatchObject({
    ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
  });
});

describe("a fault is found", () => {
  const changed = (change: (resources: Record<string, Record<string, unknown>>) => void): Templates => {
    const templates = structuredClone(synthesise(EVERYTHING).templates);
    for (const { Resources } of Object.values(templates)) change(Resources as never);
    return templates;
  };

  test("a topic whose policy allows no alarm", () => {
    const templates = changed((resources) => {
      for (const one of Object.values(resources)) {
        if (one.Type !== "AWS::SNS::TopicPolicy") continue;
        const { Statement } = (one.Properties as { PolicyDocument: { Statement: { Effect: string }[] } })
          .PolicyDocument;
        Statement.splice(0, Statement.length, ...Statement.filter(({ Effect }) => Effect === "Deny"));
      }
    });
    expect(missing(templates)).toContainEqual(
      expect.stringMatching(/^data\/JobsAge\w* -> data\/Alarms\w+: cloudwatch\.amazonaws\.com lacks sns:Publish$/),
    );
  });

  test("a role that may not use the customer managed key of its queue", () => {
    const templates = changed((resources) => {
      for (const [name, one] of Object.entries(resources)) {
        if (one.Type !== "AWS::IAM::Policy" || !name.startsWith("deadletter")) continue;
        const { PolicyDocument } = one.Properties as { PolicyDocument: { Statement: { Resource: unknown }[] } };
        PolicyDocument.Statement = PolicyDocument.Statement.filter(({ Resource }) => Resource !== KEY);
      }
    });
    expect(missing(templates).filter((one) => !one.endsWith(ALLOWED_BY_OWNER))).toEqual([
      expect.stringMatching(/^maintenance\/deadlettermessages -> arn:aws:kms:\S+: \S+ lacks kms:Decrypt$/),
    ]);
  });

  test("a permission that is left over", () => {
    const templates = changed((resources) => {
      for (const [name, one] of Object.entries(resources)) {
        if (one.Type === "AWS::Lambda::EventSourceMapping") delete resources[name];
      }
    });
    expect(unused(templates)).toContainEqual(expect.stringMatching(/may sqs:.*on data\/JobsDead/));
  });
});

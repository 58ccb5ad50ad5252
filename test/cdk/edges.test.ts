// Every call between resources has its permission, and every permission has its call. No emulator checks resource
// policies, so the templates are read.
import { beforeAll, describe, expect, test } from "vitest";
import { type Edge, edgesOf } from "../support/cdk/edges.ts";
import { type Grant, grantsOf } from "../support/cdk/grants.ts";
import { nodesOf } from "../support/cdk/graph.ts";
import { EVERYTHING, KEY, synthesise, type Templates, VARIANTS } from "../support/cdk/synth.ts";

/** Actions that support no narrower resource than "*". */
const ANYWHERE = "*";
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
    expect(missing(templates)).toEqual([]);
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

test("CloudFront may write its logs, which it delivers by access control list", () => {
  const nodes = nodesOf(synthesise(EVERYTHING).templates);
  const [distribution] = nodes.filter(({ type }) => type === "AWS::CloudFront::Distribution");
  const logs = distribution!.refersTo(distribution!.properties.DistributionConfig.Logging.Bucket);
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
    expect(missing(templates)).toEqual([
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

// Second deployments: versions, aliases and canaries, as the templates declare them.
import { beforeAll, expect, test } from "vitest";
import { edgesOf } from "../support/cdk/edges.ts";
import { type Node, nodesOf } from "../support/cdk/graph.ts";
import { EVERYTHING, everyOf, synthesise, type Templates } from "../support/cdk/synth.ts";

let templates: Templates;
let nodes: readonly Node[];

beforeAll(() => {
  templates = synthesise(EVERYTHING).templates;
  nodes = nodesOf(templates);
}, 120_000);

const ofType = (type: string) => nodes.filter((node) => node.type === type);
const find = (id: string) => nodes.find((node) => node.id === id)!;

test("every function has one alias, of its newest version", () => {
  const functions = ofType("AWS::Lambda::Function").map(({ id }) => id);
  const aliased = ofType("AWS::Lambda::Alias").map(({ properties, refersTo }) => {
    expect(properties.Name).toBe("live");
    const [version] = refersTo(properties.FunctionVersion);
    expect(find(version!).type).toBe("AWS::Lambda::Version");
    expect(find(version!).refersTo(find(version!).properties.FunctionName)).toEqual(refersTo(properties.FunctionName));
    return refersTo(properties.FunctionName)[0]!;
  });
  expect(aliased.sort()).toEqual(functions.sort());
});

test("whatever calls a function calls its alias", () => {
  const services = edgesOf(nodes).filter(({ actions }) => actions.some((one) => one.startsWith("lambda:Invoke")));
  expect(services.length).toBeGreaterThan(5);
  expect(new Set(services.map(({ to }) => find(to).type))).toEqual(new Set(["AWS::Lambda::Alias"]));
  for (const { properties, refersTo, id } of ofType("AWS::Lambda::EventSourceMapping")) {
    expect(find(refersTo(properties.FunctionName)[0]!).type, id).toBe("AWS::Lambda::Alias");
  }
  // Another stack names the alias, so that no export depends on it.
  const { Variables } = ofType("AWS::Lambda::Function").find(({ id }) => id.includes("graphql"))!.properties
    .Environment;
  expect(JSON.stringify(Variables.UNCLIP_EMBEDDER)).toMatch(/:live"/);
});

test("functions with enough calls have a canary, which alarms of the function withdraw", () => {
  const guarded = ofType("AWS::Lambda::Alias").flatMap(({ id, updatePolicy, refersTo }) => {
    const [group] = refersTo(updatePolicy?.CodeDeployLambdaAliasUpdate?.DeploymentGroupName);
    if (group === undefined) return [];
    const { AlarmConfiguration, AutoRollbackConfiguration, DeploymentConfigName } = find(group).properties;
    expect(DeploymentConfigName).toBe("CodeDeployDefault.LambdaCanary10Percent10Minutes");
    expect(AutoRollbackConfiguration).toMatchObject({
      Enabled: true,
      Events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
    });
    const alarms = find(group)
      .refersTo(AlarmConfiguration.Alarms)
      .map((alarm) => find(alarm).properties.MetricName);
    return [[/\/(?:Sockets)?(\w+?)Live/.exec(id)![1], alarms]];
  });
  const { graphql, stream, socket, fanout } = Object.fromEntries(guarded);
  expect({ graphql, stream, socket, fanout }).toEqual({
    graphql: ["5xx"],
    stream: ["Errors"],
    socket: ["IntegrationError"],
    fanout: ["IteratorAge"],
  });
  // A canary without an alarm would only take time.
  for (const [name, alarms] of guarded) expect(alarms, String(name)).not.toEqual([]);
});

test("draw has a canary where functions draw; canary=off leaves none", () => {
  const groups = (settings: Readonly<Record<string, string>>) =>
    everyOf(synthesise(settings).templates, "AWS::CodeDeploy::DeploymentGroup").map(([name]) => name);
  expect(groups({})).toContainEqual(expect.stringMatching(/^drawCanary/));
  expect(groups({ canary: "off" })).toEqual([]);
});

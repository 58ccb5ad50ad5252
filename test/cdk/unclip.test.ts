// The construct inside another app: one stack, or parts in stacks of the app's choice.
import { App, Stack } from "aws-cdk-lib";
import { expect, test } from "vitest";
import { PARTS, Unclip, type UnclipProps } from "../../cdk/index.ts";
import { ofType, stubCode, type Template } from "../support/cdk/synth.ts";

const PROPS = { bundle: "models/bundles/picto" } as const;

/** The templates by stack. */
function synthesise(define: (app: App, codeFolder: string) => void): ReadonlyMap<string, Template> {
  process.env.CDK_VALIDATION = "false";
  const app = new App({ analyticsReporting: false, context: { "aws:cdk:disable-asset-staging": true } });
  define(app, stubCode());
  return new Map(app.synth().stacks.map(({ stackName, template }) => [stackName, template]));
}

test("a deployment fits into one stack of another app", () => {
  const templates = synthesise((app, codeFolder) => {
    const unclip = new Unclip(new Stack(app, "Shop"), "Unclip", { ...PROPS, codeFolder, gpu: {} });
    expect(unclip.node.children.map(({ node }) => node.id)).toEqual(
      Object.keys(PARTS).filter((part) => part !== "Budget"),
    );
  });
  expect([...templates.keys()]).toEqual(["Shop"]);
  const shop = templates.get("Shop")!;
  for (const type of ["DynamoDB::Table", "ApiGatewayV2::Api", "CloudFront::Distribution", "Batch::JobQueue"]) {
    expect(ofType(shop, `AWS::${type}`).length, type).toBeGreaterThan(0);
  }
  expect(Object.keys(shop.Resources).length).toBeLessThan(500);
});

test("the construct exposes its URLs and resources to the app", () => {
  synthesise((app, codeFolder) => {
    const stack = new Stack(app, "Shop");
    const domain = { name: "pictures.example.com", certificate: "arn:aws:acm:us-east-1:123456789012:certificate/1" };
    const unclip = new Unclip(stack, "Unclip", { ...PROPS, codeFolder, domain });
    expect(unclip.url).toBe("https://pictures.example.com/graphql");
    expect(unclip.streamUrl).toBe("https://pictures.example.com/graphql/stream");
    expect(unclip.socketUrl).toMatch(/^wss:\/\/.*\/live$/);
    const { table, bucket, queues, alarmTopic, distribution, pictures } = unclip;
    for (const resource of [table, bucket, queues.jobs, alarmTopic, distribution!, pictures!]) {
      expect(Stack.of(resource)).toBe(stack);
    }
    expect(Object.keys(unclip.functions).sort()).toEqual(
      ["dead-letter", "draw", "embed", "fanout", "graphql", "socket", "stream", "sweeper", "webhook"].sort(),
    );
    expect(unclip.alarmNames.length).toBeGreaterThan(10);
  });
});

test("two deployments in one app need different names, and share none", () => {
  const templates = synthesise((app, codeFolder) => {
    for (const name of ["one", "two"]) new Unclip(new Stack(app, name), "Unclip", { ...PROPS, codeFolder, name });
  });
  const namesIn = (stack: string) =>
    Object.values(templates.get(stack)!.Resources).flatMap(({ Properties }) =>
      [Properties?.FunctionName, Properties?.LogGroupName, Properties?.AlarmName].filter(
        (value) => typeof value === "string",
      ),
    );
  expect(namesIn("one").length).toBeGreaterThan(20);
  expect(namesIn("one").filter((value) => namesIn("two").includes(value))).toEqual([]);
});

test("an app may place the data in a stack of its own", () => {
  const templates = synthesise((app, codeFolder) => {
    const [data, rest] = [new Stack(app, "Data"), new Stack(app, "Rest")];
    new Unclip(rest, "Unclip", {
      ...PROPS,
      codeFolder,
      place: (part) => ({ scope: part === "Data" ? data : rest, id: part }),
    });
  });
  expect(ofType(templates.get("Data"), "AWS::DynamoDB::Table")).toHaveLength(1);
  expect(ofType(templates.get("Rest"), "AWS::DynamoDB::Table")).toHaveLength(0);
  expect(ofType(templates.get("Rest"), "AWS::Lambda::Function").length).toBeGreaterThan(5);
});

test.each<[string, Partial<UnclipProps>]>([
  ["bundle must be a folder with bundle.json", { bundle: "nowhere" }],
  ["memory must be a whole number from 1024 to 10240", { memory: 512 }],
  ["budget requires email, which is not set", { budget: 50 }],
  ["denyList must be a readable file", { denyList: "nowhere.txt" }],
  ["unknown setting memroy", { memroy: 4_096 } as Partial<UnclipProps>],
])("an invalid property is rejected by its name: %s", (message, props) => {
  synthesise((app, codeFolder) => {
    const create = () => new Unclip(new Stack(app, "Shop"), "Unclip", { ...PROPS, codeFolder, ...props });
    expect(create).toThrow(message);
  });
});

test("a key's ARN may be a token of another construct", () => {
  synthesise((app, codeFolder) => {
    const stack = new Stack(app, "Shop");
    const key = stack.formatArn({ service: "kms", resource: "key", resourceName: "1" });
    expect(() => new Unclip(stack, "Unclip", { ...PROPS, codeFolder, key })).not.toThrow();
  });
});

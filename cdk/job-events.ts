// Job events on EventBridge: a pipe from the table's stream to a bus, without code. It sees what an item shows of a job
// beside the record itself (infra/aws/item.ts). One pipe, because a stream has at most two readers, and fanout is the other.
import { Stack } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnPipe } from "aws-cdk-lib/aws-pipes";
import type { Construct } from "constructs";
import type { Deployment } from "./deployment.ts";
import { Permissions } from "./permissions.ts";

/** What rules match: docs/reference/events.md. */
export const SOURCE = "unclip";
export const DETAIL_TYPE = "Job Changed";

const BATCH_SIZE = 10;
const MAX_AGE_SECONDS = 3_600;

const Keys = { sk: { S: ["RECORD"] } };
/** New jobs, and every change of a job that has ended. */
const PATTERNS = [
  { eventName: ["INSERT"], dynamodb: { Keys } },
  { eventName: ["MODIFY"], dynamodb: { Keys, NewImage: { endedAt: { N: [{ exists: true }] } } } },
];

const DETAIL = `{
  "job": <$.dynamodb.Keys.pk.S>,
  "state": <$.dynamodb.NewImage.ownerState.S>,
  "owner": <$.dynamodb.NewImage.owner.S>,
  "kind": <$.dynamodb.NewImage.kind.S>,
  "version": <$.dynamodb.NewImage.version.N>
}`;

export function addJobEvents(scope: Construct, { settings, data }: Deployment): void {
  const { events, name } = settings;
  if (events === undefined) return;
  const bus = Stack.of(scope).formatArn({ service: "events", resource: "event-bus", resourceName: events });
  const role = new Role(scope, "EventsRole", { assumedBy: new ServicePrincipal("pipes.amazonaws.com") });
  new Permissions(role, data).follows();
  role.addToPolicy(new PolicyStatement({ actions: ["events:PutEvents"], resources: [bus] }));
  const pipe = new CfnPipe(scope, "Events", {
    name: `${name}-events`,
    description: "Jobs that are new or have ended",
    roleArn: role.roleArn,
    source: data.table.tableStreamArn!,
    sourceParameters: {
      filterCriteria: { filters: PATTERNS.map((pattern) => ({ pattern: JSON.stringify(pattern) })) },
      dynamoDbStreamParameters: {
        startingPosition: "TRIM_HORIZON",
        batchSize: BATCH_SIZE,
        maximumRecordAgeInSeconds: MAX_AGE_SECONDS,
        onPartialBatchItemFailure: "AUTOMATIC_BISECT",
      },
    },
    target: bus,
    targetParameters: {
      eventBridgeEventBusParameters: { source: SOURCE, detailType: DETAIL_TYPE },
      inputTemplate: DETAIL,
    },
  });
  // CloudFormation starts the pipe at once.
  pipe.node.addDependency(role);
}

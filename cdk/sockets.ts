// GraphQL over WebSocket: API Gateway holds the connections, one function hears what clients send, another follows the
// table's stream and tells them what became of their jobs.
import { Stack } from "aws-cdk-lib";
import { WebSocketApi, WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { CfnEventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { FIVE_MINUTES, MINUTE } from "./alarms.ts";
import { type Embedder, mayAnswer, THROTTLE } from "./api.ts";
import { type Deployment, toEnvironment } from "./deployment.ts";
import { type Environment, type ServiceFunction, zipFunction } from "./function.ts";
import { accept } from "./nag.ts";

const STAGE = "live";
/** Changes that one call of fanout takes: of each job only the newest is told. */
const CHANGES = 100;
/** Each shard's changes may be told by so many at a time, those of one job always by one. */
const AT_A_TIME = 4;
/** What cannot be told for so long is given up: its sockets come again and go on with `after:`. */
const GIVEN_UP_SECONDS = 900;

export class Sockets extends Construct {
  readonly api: WebSocketApi;
  readonly url: string;
  readonly socket: ServiceFunction;
  readonly fanout: ServiceFunction;

  constructor(scope: Construct, id: string, deployment: Deployment, gateway: Environment, embedder: Embedder) {
    super(scope, id);
    this.api = new WebSocketApi(this, "Api", { routeSelectionExpression: "$request.body.type" });
    const { region, urlSuffix } = Stack.of(this);
    const place = `${this.api.apiId}.execute-api.${region}.${urlSuffix}/${STAGE}`;
    this.url = `wss://${place}`;
    const environment = {
      ...gateway,
      ...toEnvironment({ sockets: `https://${place}`, webhookQueue: deployment.data.queues.webhooks.queueUrl }),
    };
    const [socket, fanout] = (["socket", "fanout"] as const).map((entry) => {
      const made = zipFunction(this, entry, deployment, environment);
      mayAnswer(made, deployment, embedder);
      made.may.table("UpdateItem", "DeleteItem").sockets(this.api.apiId);
      return made;
    });
    this.socket = socket!;
    this.fanout = fanout!;
    this.#route(deployment);
    this.#follow(deployment);
  }

  #route({ alarms }: Deployment): void {
    for (const route of ["$connect", "$default", "$disconnect"]) {
      const integration = new WebSocketLambdaIntegration(route.slice(1), this.socket.lambda);
      this.api.addRoute(route, { integration });
    }
    const stage = new WebSocketStage(this, "Stage", {
      webSocketApi: this.api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: THROTTLE,
    });
    accept(stage, {
      APIG1:
        "A WebSocket API logs by a role that is one for the whole account and region, and may be another service's: the function logs its connections.",
    });
    accept(this.api, { APIG4: "The function looks at the key, at $connect or in connection_init." });
    const metric = new Metric({
      ...FIVE_MINUTES,
      namespace: "AWS/ApiGateway",
      metricName: "IntegrationError",
      dimensionsMap: { ApiId: this.api.apiId, Stage: STAGE },
      statistic: "Sum",
    });
    const says = "The WebSocket API's function does not answer.";
    alarms.add(this.api, "Fails", { section: "the-api-fails", says, metric, above: 0, times: 2 });
  }

  #follow({ data, alarms }: Deployment): void {
    const { table, queues } = data;
    this.fanout.may.follows().sends(queues.eventsDead).sends(queues.webhooks);
    const stream = new CfnEventSourceMapping(this, "Changes", {
      eventSourceArn: table.tableStreamArn!,
      functionName: this.fanout.lambda.functionName,
      startingPosition: "LATEST",
      batchSize: CHANGES,
      parallelizationFactor: AT_A_TIME,
      // Only records of jobs that were written: rows of sockets and what expires are nobody's news.
      filterCriteria: {
        filters: [
          {
            pattern: JSON.stringify({
              eventName: ["INSERT", "MODIFY"],
              dynamodb: { Keys: { sk: { S: ["RECORD"] } } },
            }),
          },
        ],
      },
      functionResponseTypes: ["ReportBatchItemFailures"],
      bisectBatchOnFunctionError: true,
      maximumRecordAgeInSeconds: GIVEN_UP_SECONDS,
      destinationConfig: { onFailure: { destination: queues.eventsDead.queueArn } },
    });
    stream.node.addDependency(this.fanout.lambda.role!);
    alarms.add(this.fanout, "Age", {
      section: "events-are-late",
      says: "Changes of jobs reach sockets a minute late, or later.",
      metric: this.fanout.lambda.metric("IteratorAge", { ...MINUTE, statistic: "Maximum" }),
      above: 60_000,
      times: 5,
    });
  }
}

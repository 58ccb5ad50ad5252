// GraphQL over WebSocket. API Gateway holds the connections, one function handles the clients' messages, another reads the
// table's stream and delivers events.
import { Stack } from "aws-cdk-lib";
import { WebSocketApi, WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { CfnEventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { FIVE_MINUTES, MINUTE } from "./alarms.ts";
import { type Deployment, type Embedder, type Environment, toEnvironment } from "./deployment.ts";
import { addSocketDomain } from "./domain.ts";
import { type ServiceFunction, zipFunction } from "./function.ts";
import { signsUrls } from "./signing.ts";
import { MESSAGES_PER_JOB, throttle } from "./throttle.ts";

const STAGE = "live";
/** Table changes per invocation of fanout, which delivers only the newest change of each job. */
const BATCH_SIZE = 100;
/** Concurrent invocations per shard. The changes of one job are always handled in order, by one of them. */
const PARALLELIZATION = 4;
/** Older changes are dropped; their clients reconnect and resume with `after:`. */
const MAX_AGE_SECONDS = 900;

export class Sockets extends Construct {
  readonly api: WebSocketApi;
  readonly url: string;
  /** Where functions send messages to connections. */
  readonly managementUrl: string;
  readonly socket: ServiceFunction;
  readonly fanout: ServiceFunction;

  constructor(
    scope: Construct,
    id: string,
    deployment: Deployment,
    apiVariables: Environment,
    embedder: Embedder | undefined,
  ) {
    super(scope, id);
    this.api = new WebSocketApi(this, "Api", {
      apiName: `${deployment.settings.name}-sockets`,
      routeSelectionExpression: "$request.body.type",
    });
    const { region, urlSuffix } = Stack.of(this);
    const host = `${this.api.apiId}.execute-api.${region}.${urlSuffix}/${STAGE}`;
    this.managementUrl = `https://${host}`;
    const environment = {
      ...apiVariables,
      ...toEnvironment({ sockets: this.managementUrl, webhookQueue: deployment.data.queues.webhooks.queueUrl }),
    };
    const [socket, fanout] = (["socket", "fanout"] as const).map((entry) => {
      const created = zipFunction(this, entry, deployment, environment);
      created.grant.executesGraphql(embedder?.arn).sockets(this.api.apiId);
      signsUrls(created, deployment);
      return created;
    });
    this.socket = socket!;
    this.fanout = fanout!;
    const stage = this.#addRoutes(deployment);
    this.#addStream(deployment);
    const { domain } = deployment.settings;
    const own = domain?.hostedZone && addSocketDomain(this, domain.name, domain.hostedZone, stage);
    this.url = `wss://${own ?? host}`;
  }

  #addRoutes({ alarms, settings }: Deployment): WebSocketStage {
    for (const route of ["$connect", "$default", "$disconnect"]) {
      const integration = new WebSocketLambdaIntegration(route.slice(1), this.socket.live);
      this.api.addRoute(route, { integration });
    }
    const stage = new WebSocketStage(this, "Stage", {
      webSocketApi: this.api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: throttle(MESSAGES_PER_JOB * settings.rate),
    });
    acknowledge(stage, {
      APIG1:
        "A WebSocket API writes access logs with a role shared by the whole account and region, which may belong to another service. The function logs connections instead.",
    });
    acknowledge(this.api, { APIG4: "The function authenticates callers, at $connect or in connection_init." });
    const metric = new Metric({
      ...FIVE_MINUTES,
      namespace: "AWS/ApiGateway",
      metricName: "IntegrationError",
      dimensionsMap: { ApiId: this.api.apiId, Stage: STAGE },
      statistic: "Sum",
    });
    const failsAlarm = alarms.add(this.api, "Fails", {
      section: "the-api-fails",
      description: "The WebSocket API's function does not answer.",
      metric,
      threshold: 0,
      evaluationPeriods: 2,
    });
    this.socket.guard(failsAlarm);
    return stage;
  }

  #addStream({ data, alarms }: Deployment): void {
    const { table, queues } = data;
    this.fanout.grant.follows().sends(queues.eventsDead).sends(queues.webhooks);
    const stream = new CfnEventSourceMapping(this, "Changes", {
      eventSourceArn: table.tableStreamArn!,
      functionName: this.fanout.live.functionArn,
      // From the first change, which may be older than the first poll of the stream.
      startingPosition: "TRIM_HORIZON",
      batchSize: BATCH_SIZE,
      parallelizationFactor: PARALLELIZATION,
      // Job records only: ignores connection rows and TTL deletions.
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
      maximumRecordAgeInSeconds: MAX_AGE_SECONDS,
      destinationConfig: { onFailure: { destination: queues.eventsDead.queueArn } },
    });
    stream.node.addDependency(this.fanout.lambda.role!);
    const ageAlarm = alarms.add(this.fanout, "Age", {
      section: "events-are-late",
      description: "WebSocket clients receive events more than a minute after the change.",
      metric: this.fanout.lambda.metric("IteratorAge", { ...MINUTE, statistic: "Maximum" }),
      threshold: 60_000,
      evaluationPeriods: 5,
    });
    this.fanout.guard(ageAlarm);
  }
}

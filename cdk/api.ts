// The API: GraphQL over HTTP, by server-sent events, and over WebSocket.
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { type FunctionUrl, FunctionUrlAuthType, InvokeMode } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { FIVE_MINUTES } from "./alarms.ts";
import { makeCdn } from "./cdn.ts";
import { apiEnvironment, type Deployment } from "./deployment.ts";
import { type Environment, logName, type ServiceFunction, zipFunction } from "./function.ts";
import { accept } from "./nag.ts";
import { Sockets } from "./sockets.ts";

/** Requests a second, of all callers together: what is above is told to come again (429). */
export const THROTTLE = { rateLimit: 100, burstLimit: 200 } as const;

export type Embedder = { readonly name: string; readonly arn: string };

export class Api extends Stack {
  readonly http: HttpApi;
  readonly sockets: Sockets;
  readonly functions: readonly ServiceFunction[];
  readonly url: string;

  constructor(scope: Construct, id: string, deployment: Deployment, embedder: Embedder, props: StackProps) {
    super(scope, id, props);
    const told = apiEnvironment(deployment, embedder.name);
    const graphql = this.#gateway("graphql", deployment, told, embedder);
    const stream = this.#gateway("stream", deployment, told, embedder);
    this.http = this.#makeHttp(graphql, deployment);
    const front = makeCdn(this, deployment, this.http, this.#makeStream(stream));
    this.sockets = new Sockets(this, "Sockets", deployment, told, embedder);
    this.functions = [graphql, stream, this.sockets.socket, this.sockets.fanout];
    this.url = `https://${deployment.settings.domain?.name ?? front.distributionDomainName}/graphql`;
    new CfnOutput(this, "Url", { value: this.url });
    new CfnOutput(this, "StreamUrl", { value: `${this.url}/stream` });
    new CfnOutput(this, "SocketUrl", { value: this.sockets.url });
    new CfnOutput(this, "DistributionName", { value: front.distributionDomainName });
  }

  #gateway(entry: "graphql" | "stream", deployment: Deployment, told: Environment, embedder: Embedder) {
    const made = zipFunction(this, entry, deployment, told);
    mayAnswer(made, deployment, embedder);
    return made;
  }

  #makeHttp(graphql: ServiceFunction, { alarms, settings }: Deployment): HttpApi {
    const api = new HttpApi(this, "Http", { createDefaultStage: false });
    api.addRoutes({
      path: "/{proxy+}",
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration("Graphql", graphql.lambda),
      authorizer: new HttpNoneAuthorizer(),
    });
    const destination = new LogGroup(this, "HttpLog", {
      logGroupName: logName(settings, "http"),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, "HttpStage", {
      httpApi: api,
      stageName: "$default",
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: { destination: new LogGroupLogDestination(destination), format: ACCESS_LOG },
    });
    accept(api, {
      APIG4:
        "Callers show an API key or a token of the owner's issuer, and the function itself looks at it: it answers by GraphQL, and the same check serves HTTP, streams and sockets.",
    });
    alarms.add(api, "Fails", {
      section: "the-api-fails",
      says: "The HTTP API answers with 5xx.",
      metric: api.metricServerError({ ...FIVE_MINUTES, statistic: "Sum" }),
      above: 0,
      times: 2,
    });
    return api;
  }

  /**
   * Open, as the HTTP API is: keys are looked at by the function. CloudFront could sign its requests instead, but its
   * signature takes the header's place that callers show their key in, and wants a hash of the body from each of them.
   */
  #makeStream({ lambda }: ServiceFunction): FunctionUrl {
    return lambda.addFunctionUrl({ authType: FunctionUrlAuthType.NONE, invokeMode: InvokeMode.RESPONSE_STREAM });
  }
}

/** What executing GraphQL takes, whichever way it comes. */
export function mayAnswer({ may }: ServiceFunction, { data }: Deployment, embedder: Embedder): void {
  may
    .jobs()
    .lists()
    .sends(data.queues.jobs)
    .reads("uploads", "previews", "pictures")
    // Of an upload that the function signs and a client carries out.
    .writes("uploads")
    .secret()
    .invokes(embedder.arn);
}

/** Without addresses, headers or bodies. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    at: "$context.requestTime",
    id: "$context.requestId",
    method: "$context.httpMethod",
    path: "$context.path",
    status: "$context.status",
    milliseconds: "$context.responseLatency",
    bytes: "$context.responseLength",
    error: "$context.integrationErrorMessage",
  }),
);

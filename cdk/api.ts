// The GraphQL API over HTTP, server-sent events and WebSocket.
import { CfnOutput, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { Distribution } from "aws-cdk-lib/aws-cloudfront";
import { type FunctionUrl, FunctionUrlAuthType, InvokeMode } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { FIVE_MINUTES } from "./alarms.ts";
import { GRAPHQL, makeCdn, STREAM_PATH } from "./cdn.ts";
import { apiEnvironment, type Deployment, type Embedder, type Environment, toEnvironment } from "./deployment.ts";
import { logGroupName, type ServiceFunction, zipFunction } from "./function.ts";
import { originSecret } from "./secret.ts";
import { signsUrls } from "./signing.ts";
import { Sockets } from "./sockets.ts";
import { throttle } from "./throttle.ts";

export class Api extends Construct {
  readonly http: HttpApi;
  readonly sockets: Sockets;
  /** Undefined without CloudFront. */
  readonly distribution: Distribution | undefined;
  readonly functions: readonly ServiceFunction[];
  readonly url: string;
  readonly streamUrl: string;

  constructor(scope: Construct, id: string, deployment: Deployment, embedder: Embedder | undefined) {
    super(scope, id);
    const { settings, data, pictures } = deployment;
    const variables = apiEnvironment(deployment, embedder?.name);
    // Its origins are known before the functions behind them, which know each other's.
    this.http = new HttpApi(this, "Http", { apiName: `${settings.name}-http`, createDefaultStage: false });
    const { region, urlSuffix } = Stack.of(this);
    const httpOrigin = `https://${this.http.apiId}.execute-api.${region}.${urlSuffix}`;
    const guarded = settings.front ? toEnvironment({ originSecret: originSecret(data.secret) }) : {};
    const stream = this.#graphqlFunction("stream", deployment, embedder, {
      ...variables,
      ...guarded,
      // Without CloudFront, the API's pages call the function at its own name.
      ...(!settings.front && toEnvironment({ cors: [...settings.cors, httpOrigin].join(",") })),
    });
    const streamOrigin = this.#makeStream(stream).url;
    const streamUrl = `${streamOrigin}${GRAPHQL.slice(1)}`;
    const files = [pictures?.origin, `https://${data.bucket.bucketRegionalDomainName}`];
    const graphql = this.#graphqlFunction("graphql", deployment, embedder, {
      ...variables,
      ...guarded,
      ...toEnvironment({
        fileOrigins: files.filter((one) => one !== undefined).join(","),
        streamUrl: settings.front ? undefined : streamUrl,
      }),
    });
    this.#addRoutes(graphql, deployment);
    this.distribution = settings.front ? makeCdn(this, deployment, httpOrigin, streamOrigin) : undefined;
    this.sockets = new Sockets(this, "Sockets", deployment, variables, embedder);
    this.functions = [graphql, stream, this.sockets.socket, this.sockets.fanout];
    const front = this.distribution && `https://${settings.domain?.name ?? this.distribution.distributionDomainName}`;
    this.url = `${front ?? httpOrigin}${GRAPHQL}`;
    this.streamUrl = front ? `${front}${STREAM_PATH}` : streamUrl;
    new CfnOutput(this, "Url", { value: this.url });
    new CfnOutput(this, "StreamUrl", { value: this.streamUrl });
    new CfnOutput(this, "SocketUrl", { value: this.sockets.url });
    if (this.distribution) {
      new CfnOutput(this, "DistributionName", { value: this.distribution.distributionDomainName });
    }
  }

  #graphqlFunction(
    entry: "graphql" | "stream",
    deployment: Deployment,
    embedder: Embedder | undefined,
    environment: Environment,
  ): ServiceFunction {
    const reserved = entry === "stream" ? deployment.settings.streams : undefined;
    const created = zipFunction(this, entry, deployment, environment, reserved);
    created.grant.executesGraphql(embedder?.arn);
    signsUrls(created, deployment);
    return created;
  }

  #addRoutes(graphql: ServiceFunction, { alarms, settings }: Deployment): void {
    const { http: api } = this;
    const integration = new HttpLambdaIntegration("Graphql", graphql.live);
    // A greedy path does not match the root, which is the studio.
    for (const path of ["/", "/{proxy+}"]) {
      api.addRoutes({ path, methods: [HttpMethod.ANY], integration, authorizer: new HttpNoneAuthorizer() });
    }
    const destination = new LogGroup(this, "HttpLog", {
      // Under this prefix, API Gateway needs no entry in the resource policy of CloudWatch Logs, which has room for few.
      logGroupName: `/aws/vendedlogs${logGroupName(settings, "http")}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, "HttpStage", {
      httpApi: api,
      stageName: "$default",
      autoDeploy: true,
      throttle: throttle(settings.rate),
      accessLogSettings: { destination: new LogGroupLogDestination(destination), format: ACCESS_LOG },
    });
    acknowledge(api, {
      APIG4:
        "The function authenticates callers, by API key or by a token of the configured issuer: it answers in GraphQL, and the same check serves HTTP, streams and WebSocket.",
    });
    const failsAlarm = alarms.add(api, "Fails", {
      section: "the-api-fails",
      description: "The HTTP API answers with 5xx.",
      metric: api.metricServerError({ ...FIVE_MINUTES, statistic: "Sum" }),
      threshold: 0,
      evaluationPeriods: 2,
    });
    graphql.guard(failsAlarm);
  }

  /**
   * Public like the HTTP API: the function authenticates callers. CloudFront could sign its requests to the function
   * instead, but its signature replaces the Authorization header, which carries the caller's key, and requires a hash
   * of the body from each caller.
   */
  #makeStream({ live }: ServiceFunction): FunctionUrl {
    return live.addFunctionUrl({ authType: FunctionUrlAuthType.NONE, invokeMode: InvokeMode.RESPONSE_STREAM });
  }
}

/** Excludes addresses, headers and bodies. */
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

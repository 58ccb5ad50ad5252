// The GraphQL API over HTTP, server-sent events and WebSocket.
import { CfnOutput, RemovalPolicy, type SecretValue } from "aws-cdk-lib";
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
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { FIVE_MINUTES } from "./alarms.ts";
import { makeCdn } from "./cdn.ts";
import { apiEnvironment, type Deployment, type Embedder, type Environment, toEnvironment } from "./deployment.ts";
import { logGroupName, type ServiceFunction, zipFunction } from "./function.ts";
import { Sockets } from "./sockets.ts";
import { throttle } from "./throttle.ts";

export class Api extends Construct {
  readonly http: HttpApi;
  readonly sockets: Sockets;
  readonly distribution: Distribution;
  readonly functions: readonly ServiceFunction[];
  readonly url: string;
  readonly streamUrl: string;

  constructor(scope: Construct, id: string, deployment: Deployment, embedder: Embedder) {
    super(scope, id);
    const apiVariables = apiEnvironment(deployment, embedder.name);
    const originSecret = this.#makeOriginSecret(deployment);
    const environment = { ...apiVariables, ...toEnvironment({ originSecret: originSecret.unsafeUnwrap() }) };
    const graphql = this.#graphqlFunction("graphql", deployment, environment, embedder);
    const stream = this.#graphqlFunction("stream", deployment, environment, embedder);
    this.http = this.#makeHttp(graphql, deployment);
    this.distribution = makeCdn(this, deployment, this.http, this.#makeStream(stream), originSecret);
    this.sockets = new Sockets(this, "Sockets", deployment, apiVariables, embedder);
    this.functions = [graphql, stream, this.sockets.socket, this.sockets.fanout];
    const { distributionDomainName } = this.distribution;
    this.url = `https://${deployment.settings.domain?.name ?? distributionDomainName}/graphql`;
    this.streamUrl = `${this.url}/stream`;
    new CfnOutput(this, "Url", { value: this.url });
    new CfnOutput(this, "StreamUrl", { value: this.streamUrl });
    new CfnOutput(this, "SocketUrl", { value: this.sockets.url });
    new CfnOutput(this, "DistributionName", { value: distributionDomainName });
  }

  /** Known to CloudFront and to the two functions behind it, which refuse requests without it. */
  #makeOriginSecret({ data }: Deployment): SecretValue {
    const secret = new Secret(this, "OriginSecret", {
      description: "Header by which the API knows CloudFront",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      ...(data.key && { encryptionKey: data.key }),
    });
    acknowledge(secret, {
      SMG4: "CloudFormation hands the secret to CloudFront and to the functions: rotation would need a deployment of both.",
    });
    return secret.secretValue;
  }

  #graphqlFunction(
    entry: "graphql" | "stream",
    deployment: Deployment,
    environment: Environment,
    embedder: Embedder,
  ): ServiceFunction {
    const created = zipFunction(
      this,
      entry,
      deployment,
      environment,
      entry === "stream" ? deployment.settings.streams : undefined,
    );
    created.grant.executesGraphql(embedder.arn);
    return created;
  }

  #makeHttp(graphql: ServiceFunction, { alarms, settings }: Deployment): HttpApi {
    const api = new HttpApi(this, "Http", { apiName: `${settings.name}-http`, createDefaultStage: false });
    api.addRoutes({
      path: "/{proxy+}",
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration("Graphql", graphql.lambda),
      authorizer: new HttpNoneAuthorizer(),
    });
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
    alarms.add(api, "Fails", {
      section: "the-api-fails",
      description: "The HTTP API answers with 5xx.",
      metric: api.metricServerError({ ...FIVE_MINUTES, statistic: "Sum" }),
      threshold: 0,
      evaluationPeriods: 2,
    });
    return api;
  }

  /**
   * Public like the HTTP API: the function authenticates callers. CloudFront could sign its requests to the function
   * instead, but its signature replaces the Authorization header, which carries the caller's key, and requires a hash
   * of the body from each caller.
   */
  #makeStream({ lambda }: ServiceFunction): FunctionUrl {
    return lambda.addFunctionUrl({ authType: FunctionUrlAuthType.NONE, invokeMode: InvokeMode.RESPONSE_STREAM });
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

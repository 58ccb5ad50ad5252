// CloudFront before the API: one name, one certificate, and a short way from everywhere. It caches nothing.
import { Duration, Fn, Stack } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  type IOrigin,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import type { FunctionUrl } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Deployment } from "./deployment.ts";
import { accept } from "./nag.ts";

/** Of CloudFront's path for streams; the function behind it knows the path that all of GraphQL has. */
const STREAM = "/graphql/stream";
const TO_GRAPHQL = `function handler(event) {
  event.request.uri = "/graphql";
  return event.request;
}`;

export function makeCdn(scope: Construct, { data, settings }: Deployment, http: HttpApi, stream: FunctionUrl) {
  const { domain, webAcl } = settings;
  const { region, urlSuffix } = Stack.of(scope);
  const api = httpsOrigin(`${http.apiId}.execute-api.${region}.${urlSuffix}`);
  const streams = httpsOrigin(Fn.select(2, Fn.split("/", stream.url)));
  const shorten = new EdgeFunction(scope, "ToGraphql", {
    code: FunctionCode.fromInline(TO_GRAPHQL),
    runtime: FunctionRuntime.JS_2_0,
  });
  const front = new Distribution(scope, "Front", {
    comment: `${settings.name}: GraphQL`,
    defaultBehavior: passedOn(api),
    additionalBehaviors: {
      [STREAM]: {
        ...passedOn(streams),
        functionAssociations: [{ function: shorten, eventType: FunctionEventType.VIEWER_REQUEST }],
      },
    },
    httpVersion: HttpVersion.HTTP2_AND_3,
    priceClass: PriceClass.PRICE_CLASS_ALL,
    ...(domain && {
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(scope, "Certificate", domain.certificate),
    }),
    ...(webAcl !== undefined && { webAclId: webAcl }),
    enableLogging: true,
    logBucket: data.logs,
    logFilePrefix: "cloudfront/",
  });
  accept(front, {
    CFR1: "Who may call is the owner's to say, by keys; no country is shut out here.",
    ...(webAcl === undefined && {
      CFR2: "A firewall costs by the month, used or not: the setting webAcl adds one. Every caller needs a key; API Gateway throttles what goes through it, but nothing throttles streams: docs/guide/deploy.md says what that leaves open.",
    }),
    ...(domain === undefined && {
      CFR4: "Without an own name (settings domain and certificate), CloudFront's own certificate decides what TLS it takes.",
    }),
  });
  return front;
}

/** Streams send a sign of life every 12 s. */
function httpsOrigin(name: string): IOrigin {
  return new HttpOrigin(name, {
    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    readTimeout: Duration.seconds(60),
  });
}

function passedOn(origin: IOrigin): BehaviorOptions {
  return {
    origin,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    // The origins are found by their own host's name.
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
    compress: false,
  };
}

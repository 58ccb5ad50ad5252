// CloudFront in front of the API: one domain name, one certificate, and an edge location near each caller. It caches nothing
// but the studio's files, whose names contain a hash of their bytes.
import { Duration, Fn } from "aws-cdk-lib";
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
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { Deployment } from "./deployment.ts";
import { addFrontRecords, frontCertificate } from "./domain.ts";
import { originSecret } from "./secret.ts";

/** Tells the functions that a request came through CloudFront (functions/aws/http.ts). */
const ORIGIN_HEADER = "x-unclip-origin";
export const GRAPHQL = "/graphql";
/** CloudFront's path for streams. The function behind it serves /graphql, so the path is rewritten. */
export const STREAM_PATH = `${GRAPHQL}/stream`;
const REWRITE_TO_GRAPHQL = `function handler(event) {
  event.request.uri = "${GRAPHQL}";
  return event.request;
}`;

/** `httpOrigin`, `streamUrl`: where API Gateway and the streaming function answer. */
export function makeCdn(
  scope: Construct,
  { data, settings }: Deployment,
  httpOrigin: string,
  streamUrl: string,
): Distribution {
  const { domain, webAcl } = settings;
  const secret = originSecret(data.secret);
  const apiOrigin = httpsOrigin(httpOrigin, secret);
  const streamOrigin = httpsOrigin(streamUrl, secret);
  const rewrite = new EdgeFunction(scope, "ToGraphql", {
    code: FunctionCode.fromInline(REWRITE_TO_GRAPHQL),
    runtime: FunctionRuntime.JS_2_0,
  });
  const distribution = new Distribution(scope, "Front", {
    comment: `${settings.name}: GraphQL`,
    defaultBehavior: uncached(apiOrigin),
    additionalBehaviors: {
      [STREAM_PATH]: {
        ...uncached(streamOrigin),
        functionAssociations: [{ function: rewrite, eventType: FunctionEventType.VIEWER_REQUEST }],
      },
      // OpenAI's Images API waits for its pictures, longer than API Gateway would.
      "/v1/*": uncached(streamOrigin),
      "/assets/*": { ...uncached(apiOrigin), cachePolicy: CachePolicy.CACHING_OPTIMIZED },
    },
    httpVersion: HttpVersion.HTTP2_AND_3,
    priceClass: PriceClass.PRICE_CLASS_ALL,
    ...(domain && {
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      domainNames: [domain.name],
      certificate: frontCertificate(scope, domain),
    }),
    ...(webAcl !== undefined && { webAclId: webAcl }),
    enableLogging: true,
    logBucket: data.logs,
    logFilePrefix: "cloudfront/",
  });
  if (domain) addFrontRecords(scope, domain, distribution);
  acknowledge(distribution, {
    CFR1: "API keys decide who may call; no country is blocked.",
    ...(webAcl === undefined && {
      CFR2: "A web ACL costs money every month, used or not: the setting webAcl adds one. Every caller needs a key. API Gateway throttles HTTP requests, but nothing throttles streams: docs/guide/deploy.md describes the remaining risk.",
    }),
    ...(domain === undefined && {
      CFR4: "Without a custom domain (setting domain), CloudFront's default certificate determines the TLS versions.",
    }),
  });
  return distribution;
}

/** The URL is known at deployment only. The read timeout exceeds the interval of a stream's keep-alive comments, which is 12 s. */
function httpsOrigin(url: string, secret: string): IOrigin {
  return new HttpOrigin(Fn.select(2, Fn.split("/", url)), {
    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    readTimeout: Duration.seconds(60),
    customHeaders: { [ORIGIN_HEADER]: secret },
  });
}

function uncached(origin: IOrigin): BehaviorOptions {
  return {
    origin,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    // API Gateway and function URLs route by their own host name.
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
    compress: false,
  };
}

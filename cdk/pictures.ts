// CloudFront in front of the bucket: pictures, previews and uploads at URLs that the functions sign. It is no part of the
// API's distribution, because the functions must know its name, and that distribution knows a function's. Files of users
// also stay on another origin than the pages.
import { Duration, Stack } from "aws-cdk-lib";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersReferrerPolicy,
  HttpVersion,
  KeyGroup,
  PriceClass,
  PublicKey,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { PREFIXES } from "../infra/jobs/keys.ts";
import { acknowledge } from "./acknowledge.ts";
import type { Deployment, PictureUrls } from "./deployment.ts";
import { pageOrigins } from "./page-origins.ts";
import type { SecretsCompletion } from "./secrets.ts";

/** What the API signs URLs of. */
const SERVED = [PREFIXES.pictures, PREFIXES.previews, PREFIXES.uploads];
/** A picture that its owner deletes is served for at most this long. */
const CACHED = Duration.minutes(1);

type Host = Pick<Deployment, "settings" | "data">;

export class Pictures extends Construct implements PictureUrls {
  readonly distribution: Distribution;
  readonly origin: string;
  readonly key: string;

  constructor(scope: Construct, id: string, { settings, data }: Host, secrets: SecretsCompletion) {
    super(scope, id);
    const { name, pictureKey: generation, webAcl } = settings;
    const { bucket, logs } = data;
    // URLs that the previous key signed work until they expire.
    const keys = [generation, generation - 1]
      .filter((one) => one > 0)
      .map((one) => new PublicKey(this, `Key${one}`, { encodedKey: secrets.publicKey(one) }));
    const access = new S3OriginAccessControl(this, "Access");
    this.distribution = new Distribution(this, "Front", {
      comment: `${name}: pictures`,
      defaultBehavior: {
        origin: S3BucketOrigin.withBucketDefaults(bucket, { originAccessControlId: access.originAccessControlId }),
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        trustedKeyGroups: [new KeyGroup(this, "Keys", { items: keys })],
        // Signatures are no part of the cache's key. CloudFront checks them with every request.
        cachePolicy: new CachePolicy(this, "Cache", {
          minTtl: Duration.seconds(0),
          defaultTtl: CACHED,
          maxTtl: CACHED,
        }),
        responseHeadersPolicy: headersOf(this, pageOrigins(this, settings)),
        compress: false,
      },
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      // One that admits some networks only would otherwise leave pictures to anyone who has a URL.
      ...(webAcl !== undefined && { webAclId: webAcl }),
      enableLogging: true,
      logBucket: logs,
      logFilePrefix: "pictures/",
    });
    acknowledge(this.distribution, {
      CFR1: "A signature decides who may read; no country is blocked.",
      ...(webAcl === undefined && {
        CFR2: "It serves files at URLs that only the API hands out, and no code runs behind it.",
      }),
      CFR4: "It has no domain of its own, so CloudFront's default certificate determines the TLS versions.",
    });
    this.origin = `https://${this.distribution.distributionDomainName}`;
    this.key = `${generation}:${keys[0]!.publicKeyId}`;
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudfront.amazonaws.com")],
        actions: ["s3:GetObject"],
        resources: SERVED.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
        conditions: {
          StringEquals: {
            "AWS:SourceArn": this.distribution.distributionArn,
            "AWS:SourceAccount": Stack.of(this).account,
          },
        },
      }),
    );
  }
}

/** What one machine answers with (infra/local/blob-routes.ts). */
function headersOf(scope: Construct, allowed: readonly string[]): ResponseHeadersPolicy {
  return new ResponseHeadersPolicy(scope, "Headers", {
    corsBehavior: {
      accessControlAllowOrigins: [...allowed],
      accessControlAllowMethods: ["GET", "HEAD"],
      accessControlAllowHeaders: ["*"],
      accessControlExposeHeaders: ["ETag", "Content-Length"],
      accessControlAllowCredentials: false,
      accessControlMaxAge: Duration.hours(1),
      originOverride: true,
    },
    customHeadersBehavior: {
      customHeaders: [{ header: "Cache-Control", value: "private, max-age=3600", override: true }],
    },
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      // The file may be an upload. Opened as a page, it must not run scripts.
      contentSecurityPolicy: {
        contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        override: true,
      },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
    },
  });
}

// CloudFront in front of the pictures, as the templates declare it, and deployments without it.
import { beforeAll, describe, expect, test } from "vitest";
import { AWS_VARIABLES } from "../../infra/config/env.ts";
import { EVERYTHING, everyOf, ofType, one, refersTo, synthesise, type Templates } from "../support/cdk/synth.ts";

let plain: Templates;
let full: Templates;
let without: Templates;

beforeAll(() => {
  plain = synthesise().templates;
  full = synthesise(EVERYTHING).templates;
  without = synthesise({ front: "off", cors: EVERYTHING.cors }).templates;
}, 120_000);

const variables = (templates: Templates, entry: string) =>
  everyOf(templates, "AWS::Lambda::Function").find(([name]) => new RegExp(`^(Sockets)?${entry}Function`).test(name))![1]
    .Properties.Environment.Variables;

describe("with CloudFront", () => {
  test("every picture needs a signature, over HTTPS", () => {
    const { DistributionConfig } = one(plain.data, "AWS::CloudFront::Distribution").Properties;
    expect(DistributionConfig.CacheBehaviors).toBeUndefined();
    expect(DistributionConfig.DefaultCacheBehavior).toMatchObject({
      ViewerProtocolPolicy: "https-only",
      AllowedMethods: ["GET", "HEAD"],
    });
    const [group] = ofType(plain.data, "AWS::CloudFront::KeyGroup")[0]!;
    expect(DistributionConfig.DefaultCacheBehavior.TrustedKeyGroups).toEqual([{ Ref: group }]);
    const [origin] = DistributionConfig.Origins;
    const [access] = ofType(plain.data, "AWS::CloudFront::OriginAccessControl")[0]!;
    expect(origin.OriginAccessControlId).toEqual({ "Fn::GetAtt": [access, "Id"] });
    expect(one(plain.data, "AWS::CloudFront::OriginAccessControl").Properties.OriginAccessControlConfig).toMatchObject({
      SigningBehavior: "always",
      OriginAccessControlOriginType: "s3",
    });
  });

  test("the web ACL of the API holds for the pictures too", () => {
    const acl = ({ data }: Templates) =>
      one(data, "AWS::CloudFront::Distribution").Properties.DistributionConfig.WebACLId;
    expect([acl(full), acl(plain)]).toEqual([EVERYTHING.webAcl, undefined]);
  });

  test("a deleted picture is served for a minute at most, and signatures are no part of the cache's key", () => {
    const { CachePolicyConfig } = one(plain.data, "AWS::CloudFront::CachePolicy").Properties;
    expect(CachePolicyConfig).toMatchObject({ MinTTL: 0, DefaultTTL: 60, MaxTTL: 60 });
    expect(CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin).toMatchObject({
      QueryStringsConfig: { QueryStringBehavior: "none" },
      HeadersConfig: { HeaderBehavior: "none" },
      CookiesConfig: { CookieBehavior: "none" },
    });
  });

  test("files of users run no scripts, and pages of listed origins may read them", () => {
    const { SecurityHeadersConfig, CorsConfig, CustomHeadersConfig } = one(
      full.data,
      "AWS::CloudFront::ResponseHeadersPolicy",
    ).Properties.ResponseHeadersPolicyConfig;
    expect(SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy).toContain("sandbox");
    expect(SecurityHeadersConfig.ContentTypeOptions).toEqual({ Override: true });
    expect(CorsConfig.AccessControlAllowOrigins.Items).toEqual([`https://${EVERYTHING.domain}`]);
    expect(CorsConfig.AccessControlAllowCredentials).toBe(false);
    expect(CustomHeadersConfig.Items).toEqual([
      { Header: "Cache-Control", Value: "private, max-age=3600", Override: true },
    ]);
  });

  test("a rotation signs with the new key, and URLs of the previous one still work", () => {
    const keys = (templates: Templates) =>
      ofType(templates.data, "AWS::CloudFront::PublicKey").map(([name]) => name.slice(0, "PicturesKey1".length));
    expect(keys(plain)).toEqual(["PicturesKey1"]);
    expect(keys(full)).toEqual(["PicturesKey2", "PicturesKey1"]);
    const items = one(full.data, "AWS::CloudFront::KeyGroup").Properties.KeyGroupConfig.Items;
    expect(items).toHaveLength(2);
    const resource = one(full.data, "Custom::UnclipSecrets");
    expect(resource.Properties.Generation).toBe(2);
    for (const [name, { Properties }] of ofType(full.data, "AWS::CloudFront::PublicKey")) {
      const [, attribute] = Properties.PublicKeyConfig.EncodedKey["Fn::GetAtt"];
      expect(name.startsWith(`Pictures${attribute}`), name).toBe(true);
    }
    // Every function that signs URLs has the new key, and only those.
    const [current] = ofType(full.data, "AWS::CloudFront::PublicKey")[0]!;
    const exported = Object.values(full.data!.Outputs!).filter(({ Value }) => refersTo(Value, current));
    expect(exported).toHaveLength(1);
    for (const entry of ["graphql", "stream", "socket", "fanout", "webhook"]) {
      const key = variables(full, entry)[AWS_VARIABLES.pictureKey];
      expect(JSON.stringify(key), entry).toContain(`2:`);
      expect(refersTo(key, exported[0]!.Export!.Name), entry).toBe(true);
    }
    for (const entry of ["sweeper", "scaler", "embed"]) {
      expect(variables(full, entry)[AWS_VARIABLES.pictureKey], entry).toBeUndefined();
    }
  });

  test("the function that completes the secrets may be called before its stack is done, but not before its role may act", () => {
    const { DependsOn } = one(plain.data, "Custom::UnclipSecrets");
    expect([DependsOn].flat()).toContainEqual(expect.stringMatching(/^SecretssecretsRoleDefaultPolicy/));
  });

  test("the page's policy names the origins of pictures and uploads", () => {
    const origins = variables(plain, "graphql")[AWS_VARIABLES.fileOrigins];
    const text = JSON.stringify(origins);
    expect(text).toMatch(/PicturesFront\w*DomainName/);
    expect(text).toMatch(/Bucket\w*RegionalDomainName/);
    expect(variables(plain, "graphql")[AWS_VARIABLES.streamUrl]).toBeUndefined();
  });
});

describe("without CloudFront", () => {
  test("no stack uses it, and no function knows a secret header", () => {
    const types = Object.values(without).flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
    expect(types.filter((type) => type.startsWith("AWS::CloudFront::"))).toEqual([]);
    expect(types).toContain("Custom::UnclipSecrets");
    for (const entry of ["graphql", "stream"]) {
      expect(variables(without, entry)[AWS_VARIABLES.originSecret], entry).toBeUndefined();
    }
  });

  test("the outputs are the addresses of API Gateway and of the streaming function", () => {
    const { Outputs } = without.api!;
    expect(JSON.stringify(Outputs!.Url!.Value)).toMatch(/execute-api.*\/graphql"/);
    expect(JSON.stringify(Outputs!.StreamUrl!.Value)).toMatch(/FunctionUrl.*graphql"/);
    expect(Outputs!.DistributionName).toBeUndefined();
  });

  test("pages of the API may call the streaming function, and know where it is", () => {
    expect(JSON.stringify(variables(without, "stream")[AWS_VARIABLES.cors])).toMatch(
      new RegExp(`${EVERYTHING.cors},https://.*execute-api`),
    );
    expect(variables(without, "graphql")[AWS_VARIABLES.cors]).toBe(EVERYTHING.cors);
    expect(JSON.stringify(variables(without, "graphql")[AWS_VARIABLES.streamUrl])).toMatch(/FunctionUrl/);
    const [rule] = one(without.data, "AWS::S3::Bucket", "Bucket").Properties.CorsConfiguration.CorsRules;
    expect(JSON.stringify(rule.AllowedOrigins)).toContain("https://*.execute-api.");
  });

  test("functions sign URLs with sessions of their own readers", () => {
    for (const entry of ["graphql", "stream", "socket", "fanout", "webhook"]) {
      const { [AWS_VARIABLES.reader]: reader, [AWS_VARIABLES.picturesOrigin]: origin } = variables(without, entry);
      expect(JSON.stringify(reader), entry).toMatch(new RegExp(`${entry}Reader\\w+`));
      expect(origin, entry).toBeUndefined();
    }
  });

  test.each(["domain", "webAcl"] as const)("there is no %s", (name) => {
    const { domain, certificate, webAcl } = EVERYTHING;
    const settings = name === "domain" ? { domain, certificate } : { webAcl };
    expect(() => synthesise({ front: "off", ...settings })).toThrow(`unclip:${name} requires unclip:front=on`);
  });
});

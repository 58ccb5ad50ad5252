// A domain of one's own in a hosted zone of Route 53: certificates, DNS records, and a name for the WebSocket API.
import { CfnRule, Fn, Stack } from "aws-cdk-lib";
import { CfnApiMapping, CfnDomainName, type WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate, CfnCertificate, type ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import type { Distribution } from "aws-cdk-lib/aws-cloudfront";
import { CfnRecordSet } from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";
import type { DomainProps } from "./nested-props.ts";

/** Of every distribution of CloudFront, as AWS documents it. */
const CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2";
/** CloudFront takes certificates of this region only. */
const CERTIFICATE_REGION = "us-east-1";

/** The given certificate, or a new one that the hosted zone proves. */
export function frontCertificate(scope: Construct, { name, certificate, hostedZone }: DomainProps): ICertificate {
  if (certificate !== undefined || hostedZone === undefined) {
    return Certificate.fromCertificateArn(scope, "Certificate", certificate!);
  }
  new CfnRule(scope, "CertificateRegion", {
    assertions: [
      {
        assert: Fn.conditionEquals(Stack.of(scope).region, CERTIFICATE_REGION),
        assertDescription: `CloudFront needs a certificate in ${CERTIFICATE_REGION}: deploy there, or set unclip:certificate`,
      },
    ],
  });
  const created = makeCertificate(scope, "FrontCertificate", name, hostedZone);
  return Certificate.fromCertificateArn(scope, "Certificate", created.ref);
}

export function addFrontRecords(scope: Construct, { name, hostedZone }: DomainProps, front: Distribution): void {
  if (hostedZone === undefined) return;
  const target = { dnsName: front.distributionDomainName, hostedZoneId: CLOUDFRONT_ZONE };
  addRecords(scope, "Front", name, hostedZone, target);
}

/** Returns the host name of the WebSocket API: that of the domain with "ws." before it. */
export function addSocketDomain(scope: Construct, name: string, hostedZone: string, stage: WebSocketStage): string {
  const domainName = `ws.${name}`;
  const certificate = makeCertificate(scope, "SocketCertificate", domainName, hostedZone);
  const domain = new CfnDomainName(scope, "Domain", {
    domainName,
    domainNameConfigurations: [
      { certificateArn: certificate.ref, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
    ],
  });
  new CfnApiMapping(scope, "Mapping", {
    apiId: stage.api.apiId,
    domainName: domain.ref,
    stage: stage.stageName,
  }).node.addDependency(stage);
  const target = { dnsName: domain.attrRegionalDomainName, hostedZoneId: domain.attrRegionalHostedZoneId };
  addRecords(scope, "Socket", domainName, hostedZone, target);
  return domainName;
}

/** CloudFormation waits until ACM has seen its DNS record, and adds the record itself. */
function makeCertificate(scope: Construct, id: string, domainName: string, hostedZoneId: string): CfnCertificate {
  return new CfnCertificate(scope, id, {
    domainName,
    validationMethod: "DNS",
    domainValidationOptions: [{ domainName, hostedZoneId }],
  });
}

function addRecords(
  scope: Construct,
  id: string,
  name: string,
  hostedZoneId: string,
  aliasTarget: { readonly dnsName: string; readonly hostedZoneId: string },
): void {
  for (const type of ["A", "AAAA"]) new CfnRecordSet(scope, `${id}${type}`, { name, type, hostedZoneId, aliasTarget });
}

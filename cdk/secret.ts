// The deployment's secret, a JSON object. CloudFormation generates one of its values; a function adds the others (secrets.ts).
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

/** The value that CloudFormation generates (infra/aws/secrets.ts). */
const ORIGIN = "origin";

export function makeSecret(scope: Construct, key: IKey | undefined): Secret {
  const secret = new Secret(scope, "Secret", {
    description: "Signs webhooks and the URLs of pictures; the header by which the API knows CloudFront",
    generateSecretString: {
      secretStringTemplate: "{}",
      generateStringKey: ORIGIN,
      passwordLength: 48,
      excludePunctuation: true,
    },
    ...(key && { encryptionKey: key }),
  });
  acknowledge(secret, {
    SMG4: "Receivers of webhooks verify signatures with secrets derived from this one: rotation would break all of them at once. The setting pictureKey rotates the key that signs URLs.",
  });
  return secret;
}

/** The header value by which the API knows CloudFront. CloudFormation reads it at deployment; templates hold only its name. */
export const originSecret = (secret: Secret): string => secret.secretValueFromJson(ORIGIN).unsafeUnwrap();

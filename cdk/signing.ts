// Functions that sign URLs of pictures.
import { ArnPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { type Deployment, toEnvironment } from "./deployment.ts";
import type { ServiceFunction } from "./function.ts";
import { Permissions } from "./permissions.ts";

/** With CloudFront, the key in the secret signs. Without it, sessions of a role that may only read the files do. */
export function signsUrls(signer: ServiceFunction, { data, pictures }: Deployment): void {
  const variables = pictures
    ? toEnvironment({ picturesOrigin: pictures.origin, pictureKey: pictures.key })
    : toEnvironment({ reader: makeReader(signer, data).roleArn });
  for (const [name, value] of Object.entries(variables)) signer.lambda.addEnvironment(name, value);
}

function makeReader(signer: ServiceFunction, data: Deployment["data"]): Role {
  const reader = new Role(signer, "Reader", {
    description: "Signs URLs of pictures: its sessions have a known end",
    assumedBy: new ArnPrincipal(signer.lambda.role!.roleArn),
  });
  new Permissions(reader, data).opens("uploads", "previews", "pictures");
  signer.grant.assumes(reader.roleArn);
  return reader;
}

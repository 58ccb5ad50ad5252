// Completes the deployment's secrets, once, at deployment.
import { CustomResource, Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import { type Deployment, toEnvironment } from "./deployment.ts";
import { zipFunction } from "./function.ts";

/** Adds what CloudFormation cannot generate: the key pairs that sign URLs of pictures. */
export class SecretsCompletion extends Construct {
  readonly #resource: CustomResource;

  constructor(scope: Construct, id: string, deployment: Omit<Deployment, "pictures">) {
    super(scope, id);
    const { data, settings } = deployment;
    const completes = zipFunction(this, "secrets", deployment, toEnvironment({ secret: data.secret.secretArn }));
    completes.grant.completesSecret();
    this.#resource = new CustomResource(this, "Resource", {
      resourceType: "Custom::UnclipSecrets",
      serviceToken: completes.lambda.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: { Generation: settings.pictureKey },
    });
    // CloudFormation calls the function as soon as it exists, but its role may have no policy yet.
    this.#resource.node.addDependency(completes);
  }

  /** The public key of a generation (PEM). */
  publicKey(generation: number): string {
    return this.#resource.getAttString(`Key${generation}`);
  }
}

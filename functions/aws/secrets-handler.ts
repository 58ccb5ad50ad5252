// Completes the deployment's secrets, as a custom resource of CloudFormation. CloudFormation itself can only generate
// random text, and CloudFront needs a key pair.
import { createPublicKey, generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from "aws-lambda";
import type { StoredSecrets } from "../../infra/aws/secrets.ts";
import type { Logger } from "../log.ts";

type SecretsParts = {
  readonly read: () => Promise<StoredSecrets>;
  readonly write: (secrets: StoredSecrets) => Promise<void>;
  /** Sends the outcome to the URL that CloudFormation passed. */
  readonly respond: (url: string, response: CloudFormationCustomResourceResponse) => Promise<void>;
  readonly log: Logger;
};

/** Never changes, so CloudFormation never replaces the resource. */
const ID = "secrets";
/** Older keys are deleted. A rotation that is rolled back needs the key before the previous one. */
const KEPT_GENERATIONS = 3;

/** Returns the public keys of the generation that signs and of the one before as the attributes `Key<generation>`. */
export function secretsHandler({ read, write, respond, log }: SecretsParts) {
  const complete = async (generation: number): Promise<Record<string, string>> => {
    const { webhooks = randomBytes(48).toString("hex"), pictureKeys = {}, ...others } = await read();
    const current = [generation, generation - 1].filter((one) => one > 0);
    const made = await Promise.all(current.map(async (one) => [one, pictureKeys[one] ?? (await makeKey())] as const));
    const kept = Object.entries(pictureKeys).filter(([one]) => Number(one) > generation - KEPT_GENERATIONS);
    await write({ ...others, webhooks, pictureKeys: { ...Object.fromEntries(kept), ...Object.fromEntries(made) } });
    return Object.fromEntries(made.map(([one, key]) => [`Key${one}`, publicKeyOf(key)]));
  };
  return async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
    const answer = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: ID };
    try {
      // The secret itself is deleted with its stack.
      const Data = event.RequestType === "Delete" ? {} : await complete(Number(event.ResourceProperties.Generation));
      await respond(ResponseURL, { ...answer, Status: "SUCCESS", Data });
    } catch (err) {
      log.error({ err }, "the secrets could not be completed");
      await respond(ResponseURL, { ...answer, Status: "FAILED", Reason: `${err}` });
    }
  };
}

/** CloudFront accepts RSA of 2,048 bits. */
async function makeKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2_048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

const publicKeyOf = (privateKey: string): string =>
  createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();

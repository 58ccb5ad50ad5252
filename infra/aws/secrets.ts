// The deployment's secrets: one JSON object in Secrets Manager. CloudFormation generates `origin`, and a function adds the
// others at deployment (functions/aws/secrets-handler.ts).
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { memoizeAsync } from "../util/memoize-async.ts";

export type StoredSecrets = {
  /** Header value by which the API knows CloudFront's requests. */
  readonly origin: string;
  /** Root of the secrets that sign webhooks. */
  readonly webhooks?: string;
  /** Private keys that sign the URLs of pictures (PEM), by their generation. */
  readonly pictureKeys?: Readonly<Record<string, string>>;
};

export type Secrets = {
  readonly webhooks: Uint8Array;
  /** Throws if there is no key of this generation. */
  pictureKey(generation: number): string;
};

/** Shorter secrets could be guessed. */
const MIN_LENGTH = 32;

/** Reads the secrets at the first call and caches them. After a failed read, the next call reads again. */
export function awsSecrets(client: SecretsManagerClient, id: string): () => Promise<Secrets> {
  return memoizeAsync(async () => {
    const { webhooks = "", pictureKeys = {} } = await readSecrets(client, id);
    if (webhooks.length < MIN_LENGTH) {
      throw new Error(`The key "webhooks" of the secret ${id} must have at least ${MIN_LENGTH} characters`);
    }
    const pictureKey = (generation: number) => {
      const key = pictureKeys[generation];
      if (key === undefined) throw new Error(`The secret ${id} has no key of generation ${generation} for pictures`);
      return key;
    };
    return { webhooks: Buffer.from(webhooks), pictureKey };
  });
}

export async function readSecrets(client: SecretsManagerClient, id: string): Promise<StoredSecrets> {
  const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: id }));
  return parse(SecretString, id);
}

export async function writeSecrets(client: SecretsManagerClient, id: string, secrets: StoredSecrets): Promise<void> {
  await client.send(new PutSecretValueCommand({ SecretId: id, SecretString: JSON.stringify(secrets) }));
}

/** The error of JSON.parse would quote the secret. */
function parse(text: string, id: string): StoredSecrets {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The secret ${id} is not a JSON object`);
  }
}

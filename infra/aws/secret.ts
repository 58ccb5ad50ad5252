// Reads the deployment's secret from Secrets Manager.
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { memoizeAsync } from "../util/memoize-async.ts";

/** Shorter secrets could be guessed. */
const MIN_LENGTH = 32;

/** Reads the secret at the first call and caches it. After a failed read, the next call reads again. */
export function awsSecret(client: SecretsManagerClient, id: string): () => Promise<Uint8Array> {
  return memoizeAsync(() => read(client, id));
}

async function read(client: SecretsManagerClient, id: string): Promise<Uint8Array> {
  const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: id }));
  if (SecretString.length < MIN_LENGTH) throw new Error(`The secret ${id} must have at least ${MIN_LENGTH} characters`);
  return Buffer.from(SecretString);
}

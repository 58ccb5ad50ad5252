// The deployment's own secret, from Secrets Manager.
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { memoizeAsync } from "../util/memoize-async.ts";

/** What is shorter could be guessed. */
const MIN_LENGTH = 32;

/** Read when it is first asked for, and then known to the process. A read that fails is made again at the next call. */
export function awsSecret(client: SecretsManagerClient, id: string): () => Promise<Uint8Array> {
  return memoizeAsync(() => read(client, id));
}

async function read(client: SecretsManagerClient, id: string): Promise<Uint8Array> {
  const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: id }));
  if (SecretString.length < MIN_LENGTH) throw new Error(`The secret ${id} must have ${MIN_LENGTH} characters or more`);
  return Buffer.from(SecretString);
}

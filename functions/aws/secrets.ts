// Lambda entry: a custom resource of CloudFormation -> the deployment's secrets.
import { secretsClient } from "../../infra/aws/clients/secrets.ts";
import { readSecrets, writeSecrets } from "../../infra/aws/secrets.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { createLogger, STDOUT } from "../log.ts";
import { secretsHandler } from "./secrets-handler.ts";

const { secret, logLevel } = awsSettings();
const client = secretsClient();

export const handler = secretsHandler({
  read: () => readSecrets(client, secret),
  write: (secrets) => writeSecrets(client, secret, secrets),
  respond: async (url, response) => {
    // Bytes, because the URL is signed for a request without a content type, and a text would get one.
    const answer = await fetch(url, { method: "PUT", body: Buffer.from(JSON.stringify(response)) });
    if (!answer.ok) throw new Error(`CloudFormation answered ${answer.status}`);
  },
  log: createLogger(logLevel, STDOUT),
});

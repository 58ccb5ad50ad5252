import { expect, test, vi } from "vitest";
import { openBlobs, openSecrets } from "../../../functions/aws/services.ts";
import { awsSettings } from "../../../infra/config/env.ts";
import { newDistribution } from "../../support/aws/cloudfront-edge.ts";
import { CREDENTIALS } from "../../support/aws/moto-clients.ts";
import { serve } from "../../support/serve.ts";

test("a process reads the secret once, for webhooks and for URLs of pictures", async () => {
  const { environment, secrets, origin } = newDistribution();
  const calls: unknown[] = [];
  const endpoint = await serve(({ headers }, response) => {
    calls.push(headers["x-amz-target"]);
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify({ SecretString: JSON.stringify(secrets) }));
  });
  const account = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  };
  for (const [name, value] of Object.entries(account)) vi.stubEnv(name, value);
  try {
    const settings = awsSettings({ ...environment, UNCLIP_SECRET: "unclip-services", UNCLIP_BUCKET: "unclip" });
    const blobs = openBlobs(settings);
    expect(Buffer.from((await openSecrets(settings)()).webhooks).toString()).toBe(secrets.webhooks);
    expect((await blobs.signGet("pictures/job/0.png", 600)).url).toContain(`${origin}/pictures/job/0.png?`);
    expect(calls).toEqual(["secretsmanager.GetSecretValue"]);
  } finally {
    vi.unstubAllEnvs();
  }
});

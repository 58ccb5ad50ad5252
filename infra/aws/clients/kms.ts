// The one call of KMS that the doctor makes: the policy of a key.
import { awsAccess } from "./access.ts";
import { httpHandler } from "./http.ts";
import { type ClientConfig, sendSigned } from "./signed-request.ts";

const TIMEOUT_MS = 10_000;

/** The policy as JSON. Rejects with AWS's message. */
export async function readKeyPolicy(
  key: string,
  { requestHandler = httpHandler(TIMEOUT_MS), ...given }: ClientConfig = {},
): Promise<string> {
  const { status, answer } = await sendSigned(await awsAccess("kms", given), requestHandler, {
    service: "kms",
    method: "POST",
    path: "/",
    headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.GetKeyPolicy" },
    body: JSON.stringify({ KeyId: key, PolicyName: "default" }),
  });
  const { Policy, message = `KMS answers ${status}` } = JSON.parse(answer || "{}");
  if (status !== 200) throw new Error(message);
  return Policy;
}

// A client of S3 whose credentials have a known end. Lambda does not tell its functions when the credentials of their role
// expire, so a URL signed with those could die at any time. A session of a second role says it.
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../ports.ts";
import type { Signer } from "./s3-urls.ts";

/** AWS's maximum for a role that assumes another role. */
const SESSION_SECONDS = 3_600;
/** A session is replaced after this time, so URLs work for at least 45 minutes. */
const RENEWED_SECONDS = 900;

type Session = {
  readonly sts: STSClient;
  /** ARN of a role that may read the bucket. */
  readonly role: string;
  readonly clock: Clock;
  readonly openClient: (config: Pick<S3ClientConfig, "credentials">) => S3Client;
};

export function sessionSigner({ sts, role, clock, openClient }: Session): () => Promise<Signer> {
  let session: Promise<Signer> | undefined;
  let renewAt = 0;
  const open = async (): Promise<Signer> => {
    const request = { RoleArn: role, RoleSessionName: "unclip-urls", DurationSeconds: SESSION_SECONDS };
    const { Credentials } = await sts.send(new AssumeRoleCommand(request));
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials!;
    const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
    return { client: openClient({ credentials }), expiresAt: Expiration!.getTime() };
  };
  return () => {
    if (session === undefined || clock.now() >= renewAt) {
      renewAt = clock.now() + RENEWED_SECONDS * 1000;
      session = open().catch((error) => {
        renewAt = 0;
        throw error;
      });
    }
    return session;
  };
}

// Where a service of AWS is, and with which credentials. Lambda provides them in environment variables. Everything else,
// such as profiles, single sign-on and the roles of containers, is left to the SDK and loaded only where it is needed.
import { awsEnvironment, type Credentials } from "../../config/aws-environment.ts";

export type AwsAccess = {
  readonly url: URL;
  readonly region: string;
  /** The credentials of now: those of a role change every few hours. */
  readonly credentials: () => Promise<Credentials>;
};

/** What is missing comes from the environment. */
export type Given = { readonly region?: string; readonly endpoint?: string; readonly credentials?: Credentials };

/** Rejects if no region is set. */
export async function awsAccess(service: string, given: Given): Promise<AwsAccess> {
  const environment = awsEnvironment(service);
  const region = given.region ?? environment.region ?? (await regionOfProfile());
  const url = new URL(given.endpoint ?? environment.endpoint ?? `https://${service}.${region}.amazonaws.com`);
  const fixed = given.credentials ?? environment.credentials;
  return { url, region, credentials: fixed ? async () => fixed : await credentialsOfSdk() };
}

async function regionOfProfile(): Promise<string> {
  const { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } = await import(
    "@smithy/core/config"
  );
  return loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS)();
}

async function credentialsOfSdk(): Promise<() => Promise<Credentials>> {
  return (await import("@aws-sdk/credential-provider-node")).defaultProvider();
}

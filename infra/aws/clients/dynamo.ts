// A client for the calls of DynamoDB that unclip makes. The SDK's own client carries the schemas of every call and a general
// protocol, which take a third of the time in which the API's function starts (docs/reports/performance.md).

import { setTimeout as sleep } from "node:timers/promises";
import { memoizeAsync } from "../../util/memoize-async.ts";
import { awsAccess } from "./access.ts";
import { type Dynamo, type DynamoCalls, DynamoError } from "./dynamo-calls.ts";
import { httpHandler } from "./http.ts";
import { type ClientConfig, sendSigned } from "./signed-request.ts";
import { ATTEMPTS } from "./timeouts.ts";

/** Milliseconds per try. Responses take milliseconds, so one that takes seconds is lost. */
const TIMEOUT_MS = 3_000;
/** Longest pause before the first retry, doubled for each further one; the pause is random, so that callers spread out. */
const PAUSE_MS = 50;
const THROTTLED_PAUSE_MS = 500;
const THROTTLED = ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"];

const API = "DynamoDB_20120810";

export type DynamoConfig = ClientConfig & { readonly maxAttempts?: number };

export function dynamoClient({ maxAttempts = ATTEMPTS, ...config }: DynamoConfig = {}): Dynamo {
  const attempt = createAttempt(config);
  return {
    call: async (name, input) => {
      const body = JSON.stringify(input);
      for (let tries = 1; ; tries++) {
        try {
          return (await attempt(name, body)) as DynamoCalls[typeof name]["output"];
        } catch (error) {
          const pause = longestPause(error);
          if (pause === undefined || tries === maxAttempts) throw error;
          await sleep(Math.random() * pause * 2 ** (tries - 1));
        }
      }
    },
  };
}

/** Milliseconds; undefined if another try would fail as well. An error without an answer is one of the connection. */
function longestPause(error: unknown): number | undefined {
  if (!(error instanceof DynamoError)) return PAUSE_MS;
  if (error.status === 429 || THROTTLED.includes(error.name)) return THROTTLED_PAUSE_MS;
  return error.status >= 500 ? PAUSE_MS : undefined;
}

/** Sends one call and reads its answer. Throws DynamoError, or the error of a connection. */
type Attempt = (name: string, body: string) => Promise<unknown>;

function createAttempt({ requestHandler = httpHandler(TIMEOUT_MS), ...given }: DynamoConfig): Attempt {
  const open = memoizeAsync(() => awsAccess("dynamodb", given));
  return async (name, body) => {
    const { status, answer } = await sendSigned(await open(), requestHandler, {
      service: "dynamodb",
      method: "POST",
      path: "/",
      headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `${API}.${name}` },
      body,
    });
    if (status !== 200) throw parseError(status, answer);
    return JSON.parse(answer);
  };
}

/** An answer that is no JSON comes from something between here and DynamoDB. */
function parseError(status: number, answer: string): DynamoError {
  try {
    const { __type, message, Message, Item } = JSON.parse(answer);
    // "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
    return new DynamoError(__type.split("#").at(-1), message ?? Message, status, Item);
  } catch {
    return new DynamoError("UnknownError", `DynamoDB answered with status ${status}`, status, undefined);
  }
}

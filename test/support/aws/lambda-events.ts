// Lambda's events, field by field as AWS documents them, and the context of a function.
import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEventV2, SQSEvent, SQSRecord } from "aws-lambda";
import { pino } from "pino";

export const silent = pino({ level: "silent" });

/** Lines of a log, as objects. */
export function recordingLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "trace", base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

export type HttpEventOptions = {
  readonly method?: "GET" | "POST" | "OPTIONS";
  readonly query?: string;
  readonly variables?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly rawQueryString?: string;
  /** Encodes the body as API Gateway encodes binary bodies. */
  readonly base64?: boolean;
};

/** An event of an HTTP API, payload 2.0. Function URLs send the same with another domain. */
export function httpEvent({
  method = "POST",
  query,
  variables,
  headers = {},
  rawQueryString = "",
  base64 = false,
}: HttpEventOptions): APIGatewayProxyEventV2 {
  const body = query === undefined ? undefined : JSON.stringify({ query, variables });
  const domainName = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";
  return {
    version: "2.0",
    routeKey: "ANY /graphql",
    rawPath: "/graphql",
    rawQueryString,
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      host: domainName,
      "x-amzn-trace-id": "Root=1-6567b8a2-0123456789abcdef01234567",
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      ...headers,
    },
    requestContext: {
      accountId: "123456789012",
      apiId: "a1b2c3d4e5",
      domainName,
      domainPrefix: "a1b2c3d4e5",
      http: { method, path: "/graphql", protocol: "HTTP/1.1", sourceIp: "203.0.113.9", userAgent: "curl/8.5.0" },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: "ANY /graphql",
      stage: "$default",
      time: "24/Nov/2026:12:00:00 +0000",
      timeEpoch: 1_795_521_600_000,
    },
    isBase64Encoded: base64,
    ...(body !== undefined && { body: base64 ? Buffer.from(body).toString("base64") : body }),
  };
}

export function functionUrlEvent(requests: HttpEventOptions): APIGatewayProxyEventV2 {
  const event = httpEvent(requests);
  const domainName = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws";
  return {
    ...event,
    routeKey: "$default",
    headers: { ...event.headers, host: domainName },
    requestContext: {
      ...event.requestContext,
      accountId: "anonymous",
      apiId: "abcdefghijklmnopqrstuvwxyz012345",
      domainName,
      domainPrefix: "abcdefghijklmnopqrstuvwxyz012345",
      requestId: "e1506fd5-9e7b-434f-bd42-4f8fa224b599",
      routeKey: "$default",
    },
  };
}

/** A record of an event source on a queue or dead-letter queue. */
export function sqsRecord(
  body: string,
  { handle = randomUUID(), deliveries = 1 }: { readonly handle?: string; readonly deliveries?: number } = {},
): SQSRecord {
  return {
    messageId: randomUUID(),
    receiptHandle: handle,
    body,
    attributes: {
      ApproximateReceiveCount: String(deliveries),
      SentTimestamp: "1795521600000",
      SenderId: "AROAEXAMPLE:unclip-graphql",
      ApproximateFirstReceiveTimestamp: "1795521600020",
      MessageGroupId: "ada",
    },
    messageAttributes: {},
    md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:unclip-jobs",
    awsRegion: "us-east-1",
  };
}

export function sqsEvent(...ids: readonly string[]): SQSEvent {
  return { Records: ids.map((id) => sqsRecord(JSON.stringify({ id }))) };
}

/** `remainingMs`: time left to the function. Lambda's maximum is 15 minutes. */
export function contextWith(remainingMs = 900_000) {
  return { awsRequestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd", getRemainingTimeInMillis: () => remainingMs };
}

/** A sweeper's part for WebSockets, where there are none. */
export const NO_SOCKETS = {
  connections: { findUnacknowledged: async () => [], closeUnacknowledged: async () => false },
  post: { disconnect: async () => {} },
};

// Calls of services that take forms and answer in XML (AWS Query protocol): CloudWatch and SNS, which only the doctor asks.
import { text } from "node:stream/consumers";
import aws4 from "aws4";
import { awsAccess } from "./access.ts";
import type { DynamoConfig } from "./dynamo.ts";
import { type HttpHandler, httpHandler } from "./http.ts";

const TIMEOUT_MS = 10_000;

type QueryConfig = Pick<DynamoConfig, "region" | "endpoint" | "credentials"> & {
  readonly requestHandler?: HttpHandler;
};

/** The values of an element of the answer, wherever it stands. */
export type QueryAnswer = (element: string) => readonly string[];
export type QueryCall = (action: string, input?: Readonly<Record<string, string>>) => Promise<QueryAnswer>;

/** `service` as in its host name: "monitoring", "sns". Rejects with AWS's message. */
export function queryClient(
  service: string,
  version: string,
  { requestHandler = httpHandler(TIMEOUT_MS), ...given }: QueryConfig = {},
): QueryCall {
  return async (action, input = {}) => {
    const { url, region, credentials } = await awsAccess(service, given);
    const body = new URLSearchParams({ Action: action, Version: version, ...input }).toString();
    const { headers } = aws4.sign(
      {
        service,
        region,
        method: "POST",
        path: "/",
        headers: { Host: url.host, "Content-Type": "application/x-www-form-urlencoded" },
        body,
      },
      await credentials(),
    );
    const { response } = await requestHandler.handle({
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== "" && { port: Number(url.port) }),
      method: "POST",
      path: "/",
      headers: headers as Record<string, string>,
      body,
    });
    const xml = await text(response.body!);
    const answer = elementsOf(xml);
    if (response.statusCode === 200) return answer;
    throw new Error(answer("Message")[0] ?? `${service} answers ${response.statusCode}`);
  };
}

function elementsOf(xml: string): QueryAnswer {
  return (element) =>
    [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, value]) =>
      value!.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name]),
    );
}

const ENTITIES = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" } as const;

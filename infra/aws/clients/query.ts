// Calls of services that take forms and answer in XML (AWS Query protocol): CloudWatch and SNS, which only the doctor asks.
import { awsAccess } from "./access.ts";
import { httpHandler } from "./http.ts";
import { type ClientConfig, sendSigned } from "./signed-request.ts";

const TIMEOUT_MS = 10_000;

/** The values of an element of the answer, wherever it stands. */
export type QueryAnswer = (element: string) => readonly string[];
export type QueryCall = (action: string, input?: Readonly<Record<string, string>>) => Promise<QueryAnswer>;

/** `service` as in its host name: "monitoring", "sns". Rejects with AWS's message. */
export function queryClient(
  service: string,
  version: string,
  { requestHandler = httpHandler(TIMEOUT_MS), ...given }: ClientConfig = {},
): QueryCall {
  return async (action, input = {}) => {
    const { status, answer: xml } = await sendSigned(await awsAccess(service, given), requestHandler, {
      service,
      method: "POST",
      path: "/",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ Action: action, Version: version, ...input }).toString(),
    });
    const answer = elementsOf(xml);
    if (status === 200) return answer;
    throw new Error(answer("Message")[0] ?? `${service} answers ${status}`);
  };
}

function elementsOf(xml: string): QueryAnswer {
  return (element) =>
    [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, value]) =>
      value!.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: keyof typeof ENTITIES) => ENTITIES[name]),
    );
}

const ENTITIES = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" } as const;

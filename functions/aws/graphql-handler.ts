// GraphQL where an answer is sent as a whole: queries and mutations.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Api } from "../../schema/index.ts";
import { requestOf, resultOf, STREAMS } from "./http.ts";

export type GraphqlParts = { readonly api: Pick<Api, "yoga">; readonly jobs: Pick<Jobs, "settled"> };

const STREAMS_NOTHING = `Answers are sent as a whole here. Subscribe at ${STREAMS}, or over WebSocket.`;

export function graphqlHandler({ api, jobs }: GraphqlParts) {
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const request = requestOf(event);
    request.headers.set("accept", wholly(request.headers.get("accept") ?? ""));
    const response = await api.yoga.fetch(request);
    // After the answer the process freezes, and with it what it would still send.
    await jobs.settled();
    if (response.status !== 406) return resultOf(response, request);
    const errors = [{ message: STREAMS_NOTHING, extensions: { code: "NOT_ACCEPTABLE" } }];
    return resultOf(Response.json({ errors }, { status: 406, headers: response.headers }), request);
  };
}

/** Of the media types that are accepted those that do not stream. */
function wholly(accept: string): string {
  const json = /graphql-response\+json/.test(accept) ? "application/graphql-response+json" : "application/json";
  return /text\/html/.test(accept) ? `text/html, ${json}` : json;
}

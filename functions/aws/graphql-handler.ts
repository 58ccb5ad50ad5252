// GraphQL with unstreamed responses: queries and mutations. Also the pages, and the permanent addresses of pictures.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import { type Api, addHeaders, DATA_HEADERS } from "../../schema/index.ts";
import type { PageRoutes } from "../pages/page-files.ts";
import { pictureRoute } from "../picture-route.ts";
import { GRAPHQL, refuseDirect, STREAM_PATH, toRequest, toResult } from "./http.ts";

type GraphqlParts = {
  readonly api: Pick<Api, "yoga" | "corsHeaders">;
  readonly pages?: PageRoutes | undefined;
  readonly jobs: Pick<Jobs, "settled">;
  readonly originSecret?: string | undefined;
};

const NOT_STREAMED = `This endpoint does not stream responses. Subscribe at ${STREAM_PATH}, or over WebSocket.`;

export function graphqlHandler({ api, jobs, originSecret, pages = async () => undefined }: GraphqlParts) {
  const pictures = pictureRoute(api);
  const respond = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname === GRAPHQL) return api.yoga.fetch(request);
    const other = (await pictures(request)) ?? (await pages(request));
    return addHeaders(other ?? new Response("Not found\n", { status: 404 }), DATA_HEADERS);
  };
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const request = toRequest(event);
    const refusal = refuseDirect(event, originSecret);
    if (refusal) return toResult(refusal, request);
    request.headers.set("accept", withoutStreams(request.headers.get("accept") ?? ""));
    const response = await respond(request);
    // The process freezes after the response, so background work must end before.
    await jobs.settled();
    if (response.status !== 406) return toResult(response, request);
    const errors = [{ message: NOT_STREAMED, extensions: { code: "NOT_ACCEPTABLE" } }];
    return toResult(Response.json({ errors }, { status: 406, headers: response.headers }), request);
  };
}

/** Replaces the accepted media types by those that are not streamed. */
function withoutStreams(accept: string): string {
  const json = /graphql-response\+json/.test(accept) ? "application/graphql-response+json" : "application/json";
  return /text\/html/.test(accept) ? `text/html, ${json}` : json;
}

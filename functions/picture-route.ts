// GET /pictures/{id}: the permanent address of a picture, contact sheet, animation or upload. Callers who may see the file are
// redirected to a signed URL of it.
import { type Api, addHeaders, DATA_HEADERS } from "../schema/index.ts";
import { askGraphql } from "./graphql-request.ts";

const PATH = /^\/pictures\/([^/]+)$/;
const QUERY = "query ($id: ID!) { node(id: $id) { ... on Image { url } } }";

type Found = { readonly node: { readonly url?: string } | null };

/** Resolves to undefined for other paths. */
export function pictureRoute(
  api: Pick<Api, "yoga" | "corsHeaders">,
): (request: Request) => Promise<Response | undefined> {
  return async (request) => {
    const [, id] = PATH.exec(new URL(request.url).pathname) ?? [];
    if (id === undefined) return undefined;
    return addHeaders(await answer(api, request, id), { ...DATA_HEADERS, ...api.corsHeaders(request) });
  };
}

async function answer(api: Pick<Api, "yoga">, request: Request, id: string): Promise<Response> {
  if (request.method === "OPTIONS") return new Response(null, { status: 204 });
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("This address can only be read.\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const { response, data, errors } = await askGraphql<Found>(api, request, QUERY, { id });
  if (errors.length > 0) {
    // GraphQL answers 200 if only a field failed, which here is all that was asked for.
    const { body, headers, status } = response;
    return new Response(body, { headers, status: status < 400 ? 500 : status });
  }
  const url = data?.node?.url;
  if (url === undefined) return new Response("You have no picture with this id.\n", { status: 404 });
  return new Response(null, { status: 302, headers: { location: url, "cache-control": "no-store" } });
}

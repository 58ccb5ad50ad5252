import type { Plugin } from "graphql-yoga";
import { graphiqlHeaders } from "./graphiql.ts";
import { addHeaders, DATA_HEADERS } from "./page-headers.ts";

/** Sets the headers of GraphiQL's page, the only page among Yoga's responses, and of every other response. */
export function usePageHeaders(streamUrl?: string): Plugin {
  const graphiql = graphiqlHeaders(streamUrl);
  return {
    onResponse({ response }) {
      const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
      addHeaders(response, isPage ? graphiql : DATA_HEADERS);
    },
  };
}

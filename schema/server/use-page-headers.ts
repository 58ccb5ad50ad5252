import type { Plugin } from "graphql-yoga";
import type { Graphiql } from "./graphiql.ts";
import { addHeaders, DATA_HEADERS } from "./page-headers.ts";

/** Sets the headers of GraphiQL's page, the only page among Yoga's responses, and of every other response. */
export function usePageHeaders(graphiql: Graphiql): Plugin {
  return {
    onResponse({ response }) {
      const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
      addHeaders(response, isPage ? graphiql.headers() : DATA_HEADERS);
    },
  };
}

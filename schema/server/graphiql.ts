// GraphiQL, bundled with the server: a page into which people type their keys must not load code from other hosts.
import type { GraphiQLOptions } from "graphql-yoga";
import { EXAMPLES } from "./examples.ts";
import { pageHeaders } from "./page-headers.ts";

/** Options that Yoga passes on to GraphiQL but leaves out of its type. */
type HiddenOptions = { readonly variables: string; readonly subscriptionsEndpoint?: string };

export type Graphiql = {
  readonly options: GraphiQLOptions & HiddenOptions;
  readonly render: (options: GraphiQLOptions) => Promise<string>;
  /** Of the page that was rendered last: all pages of one service are equal. */
  readonly headers: () => ReturnType<typeof pageHeaders>;
};

/** `streamPath` is the path for subscriptions, if it differs from the endpoint. */
export function createGraphiql(streamPath?: string): Graphiql {
  let rendered: { readonly options: string; readonly headers: ReturnType<typeof pageHeaders> } | undefined;
  return {
    options: graphiqlOptions(streamPath),
    async render(options) {
      // Imported on the first request for the page: it is 9 MB, which an API without GraphiQL need not load.
      const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
      const html = renderGraphiQL(options);
      const key = JSON.stringify(options);
      if (rendered?.options !== key) rendered = { options: key, headers: pageHeaders(html, EDITOR) };
      return html;
    },
    headers: () => rendered?.headers ?? pageHeaders(""),
  };
}

/** The editor runs its language services in workers whose code is part of the page. */
const EDITOR = { "worker-src": "blob: data:" };

function graphiqlOptions(streamPath: string | undefined): GraphiQLOptions & HiddenOptions {
  const tabs = EXAMPLES.map(({ query, variables }) => ({ query, variables: JSON.stringify(variables, null, 2) }));
  return {
    title: "unclip",
    defaultQuery: EXAMPLES[0]!.query,
    defaultTabs: tabs,
    // GraphiQL takes the first tab's variables from here, not from the tab.
    variables: tabs[0]!.variables,
    subscriptionsProtocol: "SSE",
    ...(streamPath !== undefined && { subscriptionsEndpoint: streamPath }),
    shouldPersistHeaders: false,
  };
}

// GraphiQL, bundled with the server: a page into which people type their keys must not load code from other hosts.
import type { GraphiQLOptions } from "graphql-yoga";
import { EXAMPLES } from "./examples.ts";

/** Options that Yoga passes on to GraphiQL but leaves out of its type. */
type HiddenOptions = { readonly variables: string; readonly subscriptionsEndpoint?: string };

/** `streamPath` is the path for subscriptions, if it differs from the endpoint. */
export function graphiqlOptions(streamPath?: string): GraphiQLOptions & HiddenOptions {
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

/** Imported on the first request for the page: it is 9 MB, which an API without GraphiQL need not load. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  return renderGraphiQL(options);
}

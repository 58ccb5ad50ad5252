// GraphiQL, served whole from here: a page into which people type their keys should load nothing from elsewhere.
import type { GraphiQLOptions } from "graphql-yoga";
import { EXAMPLES } from "./examples.ts";

/** They reach GraphiQL with the rest, though Yoga's type leaves them out. */
type More = { readonly variables: string; readonly subscriptionsEndpoint?: string };

/** `streams` is the path where it subscribes, if that is not the one it is at. */
export function graphiqlOptions(streams?: string): GraphiQLOptions & More {
  const tabs = EXAMPLES.map(({ query, variables }) => ({ query, variables: JSON.stringify(variables, null, 2) }));
  return {
    title: "unclip",
    defaultQuery: EXAMPLES[0]!.query,
    defaultTabs: tabs,
    // GraphiQL opens the first tab with what it would show without tabs.
    variables: tabs[0]!.variables,
    subscriptionsProtocol: "SSE",
    ...(streams !== undefined && { subscriptionsEndpoint: streams }),
    shouldPersistHeaders: false,
  };
}

/** Loaded when the page is first asked for: it is 9 MB, which an API without GraphiQL need not read. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  return renderGraphiQL(options);
}

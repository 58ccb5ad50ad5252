// GraphiQL, served whole from here: a page into which people type their keys should load nothing from elsewhere.
import type { GraphiQLOptions } from "graphql-yoga";
import { EXAMPLES } from "./examples.ts";

/** `variables` reaches GraphiQL with the rest, though Yoga's type leaves it out. */
export function graphiqlOptions(): GraphiQLOptions & { readonly variables: string } {
  const tabs = EXAMPLES.map(({ query, variables }) => ({ query, variables: JSON.stringify(variables, null, 2) }));
  return {
    title: "unclip",
    defaultQuery: EXAMPLES[0]!.query,
    defaultTabs: tabs,
    // GraphiQL opens the first tab with what it would show without tabs.
    variables: tabs[0]!.variables,
    subscriptionsProtocol: "SSE",
    shouldPersistHeaders: false,
  };
}

/** Loaded when the page is first asked for: it is 9 MB, which an API without GraphiQL need not read. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  return renderGraphiQL(options);
}

// GraphiQL, bundled with the server: a page into which people type their keys must not load code from other hosts.
import type { GraphiQLOptions, Plugin } from "graphql-yoga";
import { EXAMPLES } from "./examples.ts";
import { openGraphiqlFiles } from "./graphiql-files.ts";
import { pageHeaders } from "./page-headers.ts";

/** Options that Yoga passes on to GraphiQL but leaves out of its type. */
type HiddenOptions = { readonly variables: string; readonly subscriptionsEndpoint?: string };

/** `streamUrl` is the path or URL for subscriptions, if it differs from the endpoint. */
export function graphiqlOptions(streamUrl?: string): GraphiQLOptions & HiddenOptions {
  const tabs = EXAMPLES.map(({ query, variables }) => ({ query, variables: JSON.stringify(variables, null, 2) }));
  return {
    title: "unclip",
    defaultQuery: EXAMPLES[0]!.query,
    defaultTabs: tabs,
    // GraphiQL takes the first tab's variables from here, not from the tab.
    variables: tabs[0]!.variables,
    subscriptionsProtocol: "SSE",
    ...(streamUrl !== undefined && { subscriptionsEndpoint: streamUrl }),
    shouldPersistHeaders: false,
  };
}

/** The editor sets styles itself, has its font in its styles, and runs its language services in workers. */
export function graphiqlHeaders(streamUrl = "/"): Readonly<Record<string, string>> {
  const stream = URL.canParse(streamUrl) ? ` ${new URL(streamUrl).origin}` : "";
  return pageHeaders({
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "data:",
    "worker-src": "'self'",
    "connect-src": `'self'${stream}`,
  });
}

/** The page: a few lines that name its files and hold its options. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { names } = await openGraphiqlFiles();
  const data = (id: string, value: unknown) =>
    `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll("<", "\\u003c")}</script>`;
  const url = (file: keyof typeof names) => `?file=${names[file]}`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${options.title} - GraphiQL</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${url("css")}">
    ${data("options", options)}
    ${data("workers", { editorWorkerService: url("editor"), json: url("json"), graphql: url("graphql") })}
    <script defer src="${url("start")}"></script>
    <script defer src="${url("js")}"></script>
  </head>
  <body>
    <div id="root"></div>
    <noscript>GraphiQL needs JavaScript.</noscript>
  </body>
</html>
`;
}

/** Answers GET <endpoint>?file=NAME with a file of the page. A name has the hash of the bytes, so browsers keep the file. */
export function useGraphiqlFiles(): Plugin {
  return {
    onRequest: async ({ request, url, endResponse, fetchAPI: { Response: Answer } }) => {
      const name = request.method === "GET" && url.searchParams.get("file");
      if (!name) return;
      const file = (await openGraphiqlFiles()).files.get(name);
      endResponse((await file?.respond(request, Answer)) ?? new Answer("Not found\n", { status: 404 }));
    },
  };
}

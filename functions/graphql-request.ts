// Lets another HTTP API ask the GraphQL API in the name of its caller, so that every check and limit is the same.
import type { Api } from "../schema/index.ts";

export type GraphqlAnswer<Data> = {
  readonly response: Response;
  /** Undefined if the operation was refused. */
  readonly data: Data | undefined;
  readonly errors: readonly { readonly message: string }[];
};

/** Sends an operation with the headers of `request`, by which the caller is authenticated. */
export async function askGraphql<Data>(
  { yoga }: Pick<Api, "yoga">,
  request: Request,
  query: string,
  variables: object,
): Promise<GraphqlAnswer<Data>> {
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  headers.set("content-type", "application/json");
  headers.set("accept", "application/json");
  const url = new URL("/graphql", request.url);
  const response = await yoga.fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors = [] } = (await response.clone().json()) as { data?: Data; errors?: { message: string }[] };
  return { response, data, errors };
}

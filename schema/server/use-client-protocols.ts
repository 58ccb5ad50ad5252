// What clients send and expect beyond GraphQL over HTTP.
import { GraphQLError } from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";

/** A request has further members as some clients send them (Apollo's `operationType`), or asks for a stored operation. */
export function useRequestMembers(): Plugin {
  return {
    onParams({ params, setParams }) {
      const { query, variables, operationName, extensions } = params;
      if (!query && extensions?.persistedQuery !== undefined) throw persistedQueryNotSupported();
      const known: GraphQLParams = { query, variables, operationName, extensions };
      for (const name of Object.keys(known) as (keyof GraphQLParams)[]) if (!(name in params)) delete known[name];
      setParams(known);
    },
  };
}

/** Clients with automatic persisted queries stop sending hashes after this error, and send the operation instead. */
function persistedQueryNotSupported(): GraphQLError {
  const extensions = { code: "PERSISTED_QUERY_NOT_SUPPORTED", http: { status: 200 } };
  return new GraphQLError("PersistedQueryNotSupported", { extensions });
}

/** Every refusal has a JSON body with a code: Yoga's own, for media types and methods, are empty. */
export function useRefusalBodies(): Plugin {
  return {
    onResponse({ request, response, setResponse }) {
      if (response.body !== null || request.method === "HEAD") return;
      const refusal = REFUSALS[response.status];
      if (refusal === undefined) return;
      const [code, message] = refusal;
      const headers = new Headers(response.headers);
      headers.set("content-type", "application/json; charset=utf-8");
      const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
      setResponse(new Response(body, { status: response.status, headers }));
    },
  };
}

const REFUSALS: Readonly<Record<number, readonly [code: string, message: string]>> = {
  405: ["METHOD_NOT_ALLOWED", "Send operations by POST, and queries and subscriptions also by GET."],
  406: [
    "NOT_ACCEPTABLE",
    "Operations are answered as application/graphql-response+json or application/json, subscriptions as text/event-stream or as multipart/mixed with subscriptionSpec=1.0.",
  ],
};

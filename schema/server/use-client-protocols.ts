// What clients send and expect beyond GraphQL over HTTP.
import { GraphQLError } from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";

/** A request has further members as some clients send them (Apollo's `operationType`), or asks for a stored operation. */
export function useRequestMembers(): Plugin {
  return {
    onParams({ params, setParams }) {
      const { query, variables, operationName, extensions } = params;
      if (!query && extensions?.persistedQuery !== undefined) throw persistedQueryNotSupported();
      if (query == null) throw noQuery();
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

/** Yoga's own refusal has status 200 for clients that accept application/json alone. */
function noQuery(): GraphQLError {
  return new GraphQLError("Must provide query string.", { extensions: { code: "BAD_REQUEST", http: { status: 400 } } });
}

/** Yoga's refusal of a media type has no body. Every other refusal has one, with a code. */
export function useNotAcceptable(): Plugin {
  return {
    onResponse({ response, setResponse }) {
      if (response.status !== 406 || response.body !== null) return;
      const headers = new Headers(response.headers);
      headers.set("content-type", "application/json; charset=utf-8");
      const errors = [{ message: NOT_ACCEPTABLE, extensions: { code: "NOT_ACCEPTABLE" } }];
      setResponse(new Response(JSON.stringify({ errors }), { status: 406, headers }));
    },
  };
}

const NOT_ACCEPTABLE =
  "Operations are answered as application/graphql-response+json or application/json, subscriptions as text/event-stream or as multipart/mixed with subscriptionSpec=1.0.";

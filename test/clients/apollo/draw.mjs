// Apollo Client over each of its links: node draw.mjs http|websocket|sse|persisted|persisted-get API
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache, Observable } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { print } from "graphql";
import * as sse from "graphql-sse";
import * as websocket from "graphql-ws";
import { lastValueFrom, toArray } from "rxjs";
import WebSocket from "ws";
import { scenario } from "../scenario.mjs";

const [kind, uri] = process.argv.slice(2);

/** The link that graphql-sse documents for Apollo Client. */
class SSELink extends ApolloLink {
  client = sse.createClient({ url: uri });

  request(operation) {
    return new Observable((sink) =>
      this.client.subscribe(
        { ...operation, query: print(operation.query) },
        {
          next: sink.next.bind(sink),
          complete: sink.complete.bind(sink),
          error: sink.error.bind(sink),
        },
      ),
    );
  }
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const sockets = websocket.createClient({ url: uri.replace("http", "ws"), webSocketImpl: WebSocket });
const http = new HttpLink({ uri });
const link = {
  http,
  websocket: new GraphQLWsLink(sockets),
  sse: new SSELink(),
  persisted: new PersistedQueryLink({ sha256 }).concat(http),
  "persisted-get": new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(http),
}[kind];
const possibleTypes = {
  Error: ["InvalidInput", "QuotaExceeded", "ContentRejected", "NotFound", "IdempotencyConflict"],
  Image: ["Picture", "Sheet", "Animation", "Upload", "Preview"],
  Node: ["Job", "Picture", "Sheet", "Animation", "Upload"],
};
const client = new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes }) });

async function request(text, variables) {
  const document = gql(text);
  const asMutation = text.startsWith("mutation");
  const { data } = await (asMutation
    ? client.mutate({ mutation: document, variables })
    : client.query({ query: document, variables }));
  return data;
}

async function subscribe(text, variables) {
  const results = await lastValueFrom(client.subscribe({ query: gql(text), variables }).pipe(toArray()));
  return results.map(({ data }) => data);
}

console.log(JSON.stringify(await scenario({ request, subscribe })));
client.stop();
await sockets.dispose();

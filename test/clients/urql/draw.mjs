// urql's client with its document cache: node draw.mjs sse|websocket|persisted API
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient } from "graphql-ws";
import { pipe, toAsyncIterable } from "wonka";
import WebSocket from "ws";
import { scenario } from "../scenario.mjs";

const [kind, url] = process.argv.slice(2);
const sockets = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
const overSockets = subscriptionExchange({
  forwardSubscription: ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }),
  }),
});
const client = new Client({
  url,
  preferGetMethod: false,
  exchanges: {
    sse: [cacheExchange, fetchExchange],
    websocket: [cacheExchange, fetchExchange, overSockets],
    persisted: [cacheExchange, persistedExchange({ enableForMutation: true }), fetchExchange],
  }[kind],
  // Without another exchange, urql subscribes over its HTTP connection.
  fetchSubscriptions: kind !== "websocket",
});

async function request(text, variables) {
  const send = text.startsWith("mutation") ? client.mutation : client.query;
  const { data, error } = await send.call(client, text, variables);
  if (error) throw error;
  return data;
}

/** urql delivers the last event of a subscription once more when it ends, then with `hasNext: false`. */
async function subscribe(text, variables) {
  const events = [];
  for await (const { data, error, hasNext } of pipe(client.subscription(text, variables), toAsyncIterable)) {
    if (error) throw error;
    if (hasNext) events.push(data);
  }
  return events;
}

console.log(JSON.stringify(await scenario({ request, subscribe })));
await sockets.dispose();

// A revoked key ends open subscriptions at the next event, over every transport of the local server. API Gateway's
// WebSockets: test/functions/aws/callers.test.ts.
import { createServer } from "node:http";
import { createClient } from "graphql-ws";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { listen } from "../support/listen.ts";
import { type Answer, Service } from "../support/schema/service.ts";
import { FOLLOW, sse } from "../support/schema/stream.ts";

type Stream = AsyncIterator<Answer>;
type Follow = (service: Service, id: string) => Promise<Stream>;

const overWebSocket: Follow = async (service, id) => {
  const server = createServer(service.api.yoga);
  const sockets = new WebSocketServer({ server, path: "/graphql" });
  const serving = service.api.serveSockets(sockets);
  const url = `ws://127.0.0.1:${await listen(server)}/graphql`;
  const connectionParams = { authorization: "Bearer ada" };
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
  onTestFinished(async () => {
    await client.dispose();
    await serving.dispose();
    server.close();
  });
  return client.iterate({ query: FOLLOW, variables: { id } });
};

const TRANSPORTS: [string, Follow][] = [
  ["SSE", async (service, id) => sse(service, FOLLOW, { id })],
  ["WebSocket", overWebSocket],
];

/** A service whose only key can be revoked, or fail to be checked. */
function serviceWithKey() {
  let access: "allowed" | "revoked" | "failing" = "allowed";
  const service = new Service({
    authenticate: async () => {
      if (access === "failing") throw new Error("the store of keys is down");
      return access === "allowed" ? { owner: "ada", quota: 20 } : undefined;
    },
  });
  const become = (next: typeof access) => {
    access = next;
  };
  return { service, become };
}

test.each(TRANSPORTS)("a revoked key ends a subscription at the next event: %s", async (_, follow) => {
  const { service, become } = serviceWithKey();
  const id = await service.job();
  const stream = await follow(service, id);
  expect((await stream.next()).value.data.jobEvents).toMatchObject({ __typename: "Queued" });
  become("revoked");
  await service.jobs.provisioning(id);
  const { value } = await stream.next();
  expect(value.data).toBeNull();
  expect(value.errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
  expect(await stream.next()).toMatchObject({ done: true });
  become("allowed");
  expect(service.logged).toEqual([]);
});

test.each(TRANSPORTS)("a key that cannot be checked ends a subscription with a masked error: %s", async (_, follow) => {
  const { service, become } = serviceWithKey();
  const id = await service.job();
  const stream = await follow(service, id);
  await stream.next();
  become("failing");
  await service.jobs.provisioning(id);
  const { value } = await stream.next();
  expect(value.errors).toMatchObject([{ extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
  expect(JSON.stringify(value)).not.toContain("store of keys");
  expect(await stream.next()).toMatchObject({ done: true });
  expect(service.logged).toHaveLength(1);
});

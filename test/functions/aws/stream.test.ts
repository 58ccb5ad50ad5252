// Streams over real connections: a server passes what is written to them on, as Lambda does.
import type { ServerResponse } from "node:http";
import { Writable } from "node:stream";
import { expect, test, vi } from "vitest";
import { streamHandler } from "../../../functions/aws/stream-handler.ts";
import { contextWith, functionUrlEvent, type HttpEventOptions } from "../../support/aws/lambda-events.ts";
import { Service } from "../../support/schema/service.ts";
import { serve } from "../../support/serve.ts";

/** Kept back by the handler from the time that is left. */
const RESERVE_MS = 5_000;
const FOLLOW = `subscription ($id: ID!, $after: Int! = 0) {
  jobEvents(id: $id, after: $after) { __typename seq }
}`;

async function begin(remainingMs?: number, originSecret?: string) {
  const service = new Service();
  const ended: Promise<void>[] = [];
  const handler = streamHandler({
    ...service,
    jobs: service.jobs,
    openAi: async () => new Response("pictures"),
    originSecret,
    begin: (out, { statusCode, headers }) => (out as ServerResponse).writeHead(statusCode, headers),
  });
  let requests: HttpEventOptions = {};
  const url = await serve((_, response) => {
    ended.push(handler(functionUrlEvent(requests), response, contextWith(remainingMs)));
  });
  return {
    service,
    /** When every call of the handler so far has come to its end. */
    over: () => Promise.all(ended),
    call: (event: HttpEventOptions, signal?: AbortSignal) => {
      const headers = { authorization: "Bearer ada", accept: "text/event-stream", ...event.headers };
      requests = { ...event, headers };
      return fetch(url, { signal: signal ?? null });
    },
  };
}

/** The events in a body of server-sent events. */
const received = (text: string) =>
  [...text.matchAll(/"__typename":"(\w+)","seq":(\d+)/g)].map(([, type, seq]) => `${seq} ${type}`);

test("a request that did not come through CloudFront is refused", async () => {
  const { service, call, over } = await begin(undefined, "secret");
  const { id } = await service.generate();
  const refused = await call({ query: FOLLOW, variables: { id } });
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("FORBIDDEN")]);
  await over();
});

test("a subscription streams each event and completes after the last", async () => {
  const { service, call, over } = await begin();
  const { id } = await service.generate();
  const response = await call({ query: FOLLOW, variables: { id } });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body!.getReader();
  let text = "";
  while (!text.includes("Queued")) text += Buffer.from((await reader.read()).value!).toString();
  await service.draw(id);
  for (let part = await reader.read(); !part.done; part = await reader.read())
    text += Buffer.from(part.value).toString();
  expect(received(text)).toEqual(["1 Queued", "2 Started", "3 PictureReady", "4 PictureReady", "5 Succeeded"]);
  expect(text).toMatch(/event: complete\ndata:\n\n$/);
  await over();
  expect(service.store.listeners.size).toBe(0);
});

test("a stream ends before the function's timeout, so that its client resumes", async () => {
  const { service, call, over } = await begin(RESERVE_MS + 500);
  const { id } = await service.generate();
  const first = await (await call({ query: FOLLOW, variables: { id } })).text();
  expect(received(first)).toEqual(["1 Queued"]);
  expect(first).not.toContain("event: complete");
  await over();
  expect(service.store.listeners.size).toBe(0);
  await service.draw(id);
  const second = await (await call({ query: FOLLOW, variables: { id, after: 1 } })).text();
  expect(received(second)).toEqual(["2 Started", "3 PictureReady", "4 PictureReady", "5 Succeeded"]);
});

test("a stream ends when its client disconnects, and the job continues", async () => {
  const { service, call, over } = await begin();
  const { id } = await service.generate();
  const leave = new AbortController();
  const response = await call({ query: FOLLOW, variables: { id } }, leave.signal);
  await response.body!.getReader().read();
  leave.abort();
  await over();
  expect(service.store.listeners.size).toBe(0);
  expect(service.store.records.get(id)?.status).toBe("QUEUED");
});

test("a client that does not read gets a bounded amount, and does not block the function past its time", async () => {
  const service = new Service();
  const { id } = await service.generate();
  const full = new Writable({ highWaterMark: 1, write: () => {} });
  const write = vi.spyOn(full, "write");
  const handler = streamHandler({
    ...service,
    jobs: service.jobs,
    openAi: async () => new Response(),
    begin: (out) => out,
  });
  const headers = { authorization: "Bearer ada", accept: "text/event-stream" };
  const event = functionUrlEvent({ query: FOLLOW, variables: { id }, headers });
  const done = handler(event, full, contextWith(RESERVE_MS + 500));
  await service.draw(id);
  await done;
  // One write for the prelude and one for the first part of the body.
  expect(write).toHaveBeenCalledTimes(2);
  expect(full.destroyed).toBe(true);
  expect(service.store.listeners.size).toBe(0);
});

test("queries, mutations and responses without body are answered after their messages are sent", async () => {
  const { service, call, over } = await begin();
  const query = 'mutation { generate(input: { prompt: "a red boat", size: 64 }) { ... on Job { id } } }';
  const response = await call({ query, headers: { accept: "application/json" } });
  const { data } = (await response.json()) as { data: { generate: { id: string } } };
  await over();
  expect([...service.queue.messages].map(({ job }) => job)).toEqual([{ id: data.generate.id }]);
  const preflight = await call({ method: "OPTIONS", headers: { origin: "https://app.example" } });
  expect([preflight.status, await preflight.text()]).toEqual([204, ""]);
  await over();
});

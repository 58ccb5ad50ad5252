import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../../support/listen.ts";
import { Client, Refused } from "./client.ts";

/** A client of a server that answers with these statuses, one after another. */
async function clientOf(...statuses: readonly number[]) {
  const left = [...statuses];
  const server = createServer((_, response) => response.writeHead(left.shift()!).end());
  const url = `http://127.0.0.1:${await listen(server)}`;
  onTestFinished(() => void server.close());
  const client = new Client(url, new AbortController().signal);
  return { send: () => client.post(url, new FormData()), left };
}

test("a form is sent again after a fault of the server", async () => {
  const { send, left } = await clientOf(503, 500, 204);
  await send();
  expect(left).toEqual([]);
});

test("a form that is refused, since it has expired, is not sent again", async () => {
  const { send, left } = await clientOf(403, 204);
  await expect(send()).rejects.toThrow(Refused);
  expect(left).toEqual([204]);
});

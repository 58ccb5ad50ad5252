// A table that knows one API key: as much of DynamoDB as a gateway's first query meets.
import { createServer } from "node:http";
import { mintKey } from "../../../infra/auth/api-keys.ts";
import { listen } from "../../support/listen.ts";

export type KeyTable = { readonly url: string; readonly secret: string; readonly close: () => void };

export async function keyTable(): Promise<KeyTable> {
  const { key, secret } = mintKey({ name: "bench", owner: "bench", quota: 1 }, Date.now());
  const row = { pk: { S: `KEY#${key.id}` }, sk: { S: "KEY" }, key: { S: JSON.stringify(key) } };
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify({ Item: row }));
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, secret, close: () => server.close() };
}

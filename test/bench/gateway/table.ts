// A table that knows one API key: as much of DynamoDB as a gateway's first query meets.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mintKey } from "../../../infra/auth/api-keys.ts";

export type KeyTable = { readonly url: string; readonly secret: string; readonly close: () => void };

export async function keyTable(): Promise<KeyTable> {
  const { key, secret } = mintKey({ name: "bench", owner: "bench", quota: 1 }, Date.now());
  const row = { pk: { S: `KEY#${key.id}` }, sk: { S: "KEY" }, key: { S: JSON.stringify(key) } };
  const server: Server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify({ Item: row }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, secret, close: () => server.close() };
}

// Repeats one request over several connections; each connection sends the next one after its response. Speaks HTTP/1.1
// directly, because a client that needs more CPU than its server would measure itself.
import { connect, type Socket } from "node:net";
import { percentile } from "./numbers.ts";

export type Request = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Every answer must hold it. */
  readonly expect: string;
};

export type Amount = { readonly connections: number; readonly seconds: number };
export type Load = { readonly count: number; readonly perSecond: number; readonly p50: number; readonly p99: number };

/** Milliseconds. Rejects at the first answer that is not what is expected. */
export async function load(request: Request, { connections, seconds }: Amount): Promise<Load> {
  const bytes = bytesOf(request);
  const times: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  const lanes = Array.from({ length: connections }, () => lane(request, bytes, end, times));
  await Promise.all(lanes);
  const perSecond = times.length / ((performance.now() - start) / 1000);
  return { count: times.length, perSecond, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

function bytesOf({ url, headers, query, variables }: Request): Buffer {
  const body = Buffer.from(JSON.stringify({ query, variables }));
  const lines = [
    "POST /graphql HTTP/1.1",
    `host: ${new URL(url).host}`,
    "content-type: application/json",
    "accept: application/json",
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body]);
}

/** One connection's share. */
async function lane({ url, expect }: Request, bytes: Buffer, end: number, times: number[]): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  try {
    while (performance.now() < end) {
      const start = performance.now();
      socket.write(bytes);
      const answer = await answerOf(socket);
      times.push(performance.now() - start);
      if (!answer.startsWith("HTTP/1.1 200") || !answer.includes(expect)) throw new Error(answer);
    }
  } finally {
    socket.destroy();
  }
}

function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const hear = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!isWhole(text)) return;
      leave();
      resolve(text);
    };
    const fail = () => {
      leave();
      reject(new Error(`The connection ended after: ${text}`));
    };
    const leave = () => void socket.off("data", hear).off("close", fail).off("error", fail);
    socket.on("data", hear).on("close", fail).on("error", fail);
  });
}

function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  return length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length >= head + 4 + Number(length);
}

// HTTP requests that are wrong in one way or many, and how they are sent: torn, slow, doubled, cut off.
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { type Known, operations } from "./operations.ts";
import { anyJson, mutatedBytes, mutatedJson, type RandomChoices } from "./random-choices.ts";

type Request = { readonly method: string; readonly path: string; readonly headers: string[]; readonly body: Buffer };

const HEADERS = [
  "Content-Encoding: gzip",
  "Content-Encoding: br",
  "Content-Encoding: nonsense",
  "Content-Length: 0",
  "Content-Length: 5",
  "Content-Length: 999999",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Expect: 100-continue",
  "Expect: nonsense",
  "Connection: Upgrade\r\nUpgrade: websocket",
  "Connection: Upgrade\r\nUpgrade: h2c",
  "Accept: text/event-stream",
  "Accept: multipart/mixed",
  "Accept: application/graphql-response+json",
  "Accept: text/html",
  "Accept: ;;;,q=",
  "Content-Type: application/json; charset=utf-16",
  "Content-Type: multipart/form-data",
  "Content-Type: multipart/form-data; boundary=",
  "Content-Type: multipart/form-data; boundary=x",
  "Authorization: Bearer unclip_00000000_0000000000000000000000000000000000000000",
  "Authorization: Bearer \xff",
  "Host: ",
  "Host: a b",
  "Host: [::1",
  "Host: evil.example",
  "Origin: null",
  "X-Request-Id: \x7f",
  "X-Forwarded-For: 203.0.113.9",
  'If-None-Match: *, "',
  "Range: bytes=0-0,5-",
  `X-Long: ${"x".repeat(20_000)}`,
  `Cookie: ${"a=b;".repeat(1_000)}`,
];
const PATHS = [
  "/",
  "//",
  "/health",
  "/metrics",
  "/graphql/",
  "/graphql?",
  "/graphql?query=%FF",
  "/blobs",
  "/blobs/",
  "/blobs/..%2f..",
  "*",
  "/%",
  "/a?b#c",
  "http://other/graphql",
  "/graphql/stream",
];
const METHODS = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "G\0T"];
const JSON_TYPE = "Content-Type: application/json";

/** Whole and right; the rest of this file sees to it that it does not stay so. */
function rightRequest(known: Known, chance: RandomChoices): Request {
  const operation = chance.pick(operations(known));
  const kind = chance.below(6);
  if (kind === 0) return { method: "GET", path: pathOf(known.picture), headers: [], body: Buffer.alloc(0) };
  if (kind === 1) {
    const body = formBody(known.form.fields, chance.bytes(chance.below(500)));
    return { method: "POST", path: pathOf(known.form.url), headers: [FORM_TYPE], body };
  }
  if (kind === 2) {
    const query = new URLSearchParams({ query: operation.query, variables: JSON.stringify(operation.variables) });
    return { method: "GET", path: `/graphql?${query}`, headers: [], body: Buffer.alloc(0) };
  }
  const body = Buffer.from(JSON.stringify(operation));
  const accept = kind === 3 ? ["Accept: text/event-stream"] : [];
  return { method: "POST", path: "/graphql", headers: [JSON_TYPE, ...accept], body };
}

export const FORM_TYPE = "Content-Type: multipart/form-data; boundary=b";

/** The form's fields, then its file. */
export function formBody(fields: Known["form"]["fields"], file: Buffer): Buffer {
  const parts = Object.entries({ ...fields, file: file.toString("latin1") }).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return Buffer.from(`${parts.join("")}--b--\r\n`, "latin1");
}

export const pathOf = (url: string) => url.slice(new URL(url).origin.length);

function spoiled(request: Request, known: Known, chance: RandomChoices): Request {
  const { path, body } = request;
  switch (chance.below(8)) {
    case 0:
      return {
        ...request,
        headers: [JSON_TYPE],
        body: Buffer.from(JSON.stringify(mutatedJson(chance.pick(operations(known)), chance))),
      };
    case 1: {
      const operation = chance.pick(operations(known));
      const query = mutatedBytes(Buffer.from(operation.query), chance).toString();
      return {
        method: "POST",
        path: "/graphql",
        headers: [JSON_TYPE],
        body: Buffer.from(JSON.stringify({ ...operation, query })),
      };
    }
    case 2:
      return {
        method: "POST",
        path: "/graphql",
        headers: [JSON_TYPE],
        body: Buffer.from(JSON.stringify(anyJson(chance))),
      };
    case 3:
      return {
        ...request,
        path: chance.maybe(0.5) ? chance.pick(PATHS) : mutatedBytes(Buffer.from(path), chance).toString("latin1"),
      };
    case 4:
      return { ...request, method: chance.pick(METHODS) };
    case 5:
      return { ...request, headers: [...request.headers, "Content-Encoding: gzip"], body: gzipSync(body) };
    case 6:
      return { ...request, body: mutatedBytes(body, chance) };
    default:
      return { ...request, body: Buffer.concat([body, Buffer.alloc(chance.pick([10, 10_000, 2_000_000]), "x")]) };
  }
}

function written({ method, path, headers, body }: Request, chance: RandomChoices): Buffer {
  const more = Array.from({ length: chance.maybe(0.4) ? 1 + chance.below(3) : 0 }, () => chance.pick(HEADERS));
  const chunked = chance.maybe(0.2);
  const length = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
  const lines = [`${method} ${path} HTTP/1.1`, "Host: 127.0.0.1", length, ...headers, ...more];
  // Most are answered and over; the others keep the line until somebody loses patience.
  if (chance.maybe(0.8)) lines.push("Connection: close");
  const sizes = chance.maybe(0.3) ? chance.pick(["-1", "zz", "fffffffff", ""]) : body.length.toString(16);
  const sent = chunked ? Buffer.concat([Buffer.from(`${sizes}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]) : body;
  const whole = Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), sent]);
  if (chance.maybe(0.15)) return mutatedBytes(whole, chance);
  return chance.maybe(0.1) ? Buffer.concat(Array.from({ length: 1 + chance.below(8) }, () => whole)) : whole;
}

/** Random bytes or a random request for an open port. */
export function anyRequest(known: Known, chance: RandomChoices): Buffer {
  if (chance.maybe(0.05)) return chance.bytes(chance.below(5_000));
  const right = rightRequest(known, chance);
  return written(chance.maybe(0.8) ? spoiled(right, known, chance) : right, chance);
}

/** Maximum wait for a response, because some requests get none. */
const PATIENCE_MS = 1_000;

/** The status of each response in what was received. */
export const statusesOf = (received: string): number[] =>
  [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));

/** Sends, in one way of many, and hangs up at some time; what was received, as Latin-1. */
export function send(port: number, bytes: Buffer, chance: RandomChoices): Promise<string> {
  const pieces = chance.maybe(0.3) ? 2 + chance.below(5) : 1;
  const hangUp = chance.maybe(0.15);
  const halfClose = chance.maybe(0.1);
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", async () => {
      for (let i = 0; i < pieces && !socket.destroyed; i++) {
        const piece = bytes.subarray(
          Math.floor((bytes.length * i) / pieces),
          Math.floor((bytes.length * (i + 1)) / pieces),
        );
        await new Promise<void>((written) => socket.write(piece, () => written()));
        if (hangUp && i === 0) socket.destroy();
      }
      if (halfClose) socket.end();
    });
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on("data", (data) => {
      // Bodies of pictures are of no interest.
      if (received.length < 100_000) received += data.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(received);
    });
  });
}

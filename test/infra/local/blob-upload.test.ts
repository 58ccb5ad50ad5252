import { createServer } from "node:http";
import { createServerAdapter } from "@whatwg-node/server";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Blobs, UploadTicket } from "../../../infra/ports.ts";
import { listen } from "../../support/listen.ts";
import { BASE, codeOf, KEY, open, PNG } from "../../support/local/blob-server.ts";
import { uploadForm } from "../../support/upload-form.ts";

describe("an upload ticket", () => {
  const UP = "uploads/b.png";
  const ticketOf = (blobs: Blobs, maxBytes = 10) => blobs.signUpload(UP, { contentType: PNG, maxBytes, seconds: 60 });

  type Change = { fields?: Record<string, string>; without?: string; content?: string };
  const formOf = ({ fields }: UploadTicket, { fields: changed, without, content = "123" }: Change) => {
    const sent = Object.entries({ ...fields, ...changed }).filter(([name]) => name !== without);
    const file = new File([content], 'my "file".png', { type: "text/html" });
    return uploadForm(Object.fromEntries(sent), without === "file" ? undefined : file);
  };

  test("is valid until it expires, for its size and its media type", async () => {
    const { blobs, fetch, clock } = await open();
    const ticket = await ticketOf(blobs);
    expect(Object.keys(ticket.fields)).toEqual(["key", "Content-Type", "policy", "signature"]);
    expect(JSON.parse(Buffer.from(ticket.fields.policy!, "base64").toString())).toEqual({
      expiration: new Date(ticket.expiresAt).toISOString(),
      conditions: [{ key: UP }, { "Content-Type": PNG }, ["content-length-range", 1, 10]],
    });
    const response = await fetch(ticket.url, { method: "POST", body: formOf(ticket, { content: "1\r\n--\r\n\0é" }) });
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(await blobs.head(UP)).toEqual({ bytes: 10, contentType: PNG });
    expect(Buffer.from((await blobs.get(UP))!.bytes).toString()).toBe("1\r\n--\r\n\0é");
    clock.pass(60);
    const delayed = await fetch(ticket.url, { method: "POST", body: formOf(ticket, {}) });
    expect(delayed.status).toBe(403);
    expect(await codeOf(delayed)).toBe("AccessDenied");
  });

  const forged = (ticket: UploadTicket, from: string, to: string) =>
    Buffer.from(Buffer.from(ticket.fields.policy!, "base64").toString().replace(from, to)).toString("base64");

  test.each<[string, (ticket: UploadTicket) => Change, number, string]>([
    ["another key", () => ({ fields: { key: KEY } }), 403, "AccessDenied"],
    ["another type", () => ({ fields: { "Content-Type": "text/html" } }), 403, "AccessDenied"],
    ["a field of its own", () => ({ fields: { acl: "public-read" } }), 403, "AccessDenied"],
    ["a longer policy", (t) => ({ fields: { policy: forged(t, "1,10", "1,99") } }), 403, "SignatureDoesNotMatch"],
    [
      "another key's policy",
      (t) => ({ fields: { key: KEY, policy: forged(t, UP, KEY) } }),
      403,
      "SignatureDoesNotMatch",
    ],
    [
      "a signature cut short",
      (t) => ({ fields: { signature: t.fields.signature!.slice(1) } }),
      403,
      "SignatureDoesNotMatch",
    ],
    ["no policy", () => ({ without: "policy" }), 403, "SignatureDoesNotMatch"],
    ["no signature", () => ({ without: "signature" }), 403, "SignatureDoesNotMatch"],
    ["no key", () => ({ without: "key" }), 403, "AccessDenied"],
    ["no file", () => ({ without: "file" }), 400, "MalformedPOSTRequest"],
    ["an empty file", () => ({ content: "" }), 400, "EntityTooSmall"],
    ["a byte too many", () => ({ content: "12345678901" }), 413, "EntityTooLarge"],
    ["a field without end", () => ({ fields: { key: "k".repeat(9_000) } }), 400, "MalformedPOSTRequest"],
  ])("refuses %s", async (_, change, status, code) => {
    const { blobs, fetch } = await open();
    const ticket = await ticketOf(blobs);
    const response = await fetch(ticket.url, { method: "POST", body: formOf(ticket, change(ticket)) });
    expect([response.status, await codeOf(response)]).toEqual([status, code]);
    expect(await blobs.get(UP)).toBeUndefined();
    expect(Buffer.from((await blobs.get(KEY))!.bytes).toString()).toBe("picture");
  });

  test("does not accept a URL's signature", async () => {
    const { blobs, fetch } = await open();
    const { searchParams } = new URL((await blobs.signGet(UP, 60)).url);
    // The text that was signed, in the policy's place.
    const policy = `${searchParams.get("expires")}\n${UP}`;
    const fields = { key: UP, "Content-Type": PNG, policy, signature: searchParams.get("signature")!, file: "123" };
    const part = ([name, value]: [string, string]) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const body = `${Object.entries(fields).map(part).join("")}--b--\r\n`;
    const headers = { "Content-Type": "multipart/form-data; boundary=b" };
    const response = await fetch(`${BASE}/blobs`, { method: "POST", body, headers });
    expect([response.status, await codeOf(response)]).toEqual([403, "SignatureDoesNotMatch"]);
  });

  test.each([
    ["no form", "text/plain", "hello"],
    ["a form without border", "multipart/form-data", "hello"],
    ["a body that begins otherwise", "multipart/form-data; boundary=b", "hello"],
    ["a form without parts", "multipart/form-data; boundary=b", "--b--\r\n"],
    ["a part without a name", "multipart/form-data; boundary=b", "--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n"],
    [
      "a part without an end",
      "multipart/form-data; boundary=b",
      '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nx',
    ],
    [
      "too many parts",
      "multipart/form-data; boundary=b",
      `--b${'\r\nContent-Disposition: form-data; name="N"\r\n\r\nx\r\n--b'
        .repeat(25)
        .replace(/N/g, () => `f${Math.random()}`)}`,
    ],
  ])("is not found in %s", async (_, type, body) => {
    const { fetch } = await open();
    const response = await fetch(`${BASE}/blobs`, { method: "POST", body, headers: { "Content-Type": type } });
    expect([response.status, await codeOf(response)]).toEqual([400, "MalformedPOSTRequest"]);
  });

  test("is not found in a form whose client disconnects", async () => {
    const { fetch } = await open();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('--b\r\nContent-Disposition: form-data; name="key"\r\n')),
      pull: (controller) => controller.error(new Error("ECONNRESET")),
    });
    const headers = { "Content-Type": "multipart/form-data; boundary=b" };
    const response = await fetch(`${BASE}/blobs`, { method: "POST", body, headers, duplex: "half" } as RequestInit);
    expect([response.status, await codeOf(response)]).toEqual([400, "MalformedPOSTRequest"]);
  });

  /** The request's body in chunks of `size` bytes, and how much of it was read. */
  async function inPieces(body: FormData, size: number, more = 0) {
    const whole = new Response(body);
    const bytes = Buffer.concat([Buffer.from(await whole.arrayBuffer()), Buffer.alloc(more)]);
    const state = { read: 0 };
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      if (state.read >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(state.read, state.read + size));
      state.read += size;
    };
    const stream = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
    const headers = { "Content-Type": whole.headers.get("Content-Type")! };
    return { init: { method: "POST", body: stream, headers, duplex: "half" } as RequestInit, state };
  }

  test.each([1, 2, 3, 7, 64, 1_000])("reads a form that comes in pieces of %d bytes", async (size) => {
    const { blobs, fetch } = await open();
    const ticket = await ticketOf(blobs, 100);
    const content = "\r\n--almost\r\n------formdata-undici-0\r\n\r\n".repeat(2);
    const { init } = await inPieces(formOf(ticket, { content }), size);
    expect((await fetch(ticket.url, init)).status).toBe(204);
    expect(Buffer.from((await blobs.get(UP))!.bytes).toString()).toBe(content);
  });

  test("reads the file only after the fields were checked, and only up to its limit", async () => {
    const { blobs, fetch } = await open();
    const ticket = await ticketOf(blobs, 10_000);
    const content = "x".repeat(1_000_000);
    const refused = await inPieces(formOf(ticket, { content, fields: { key: KEY } }), 100);
    expect((await fetch(ticket.url, refused.init)).status).toBe(403);
    expect(refused.state.read).toBeLessThan(2_000);
    const large = await inPieces(formOf(ticket, { content }), 100);
    expect((await fetch(ticket.url, large.init)).status).toBe(413);
    expect(large.state.read).toBeLessThan(12_000);
  });

  test("does not read what follows the file", async () => {
    const { blobs, fetch } = await open();
    const { init, state } = await inPieces(formOf(await ticketOf(blobs), {}), 100, 100_000);
    expect((await fetch(`${BASE}/blobs`, init)).status).toBe(204);
    expect(state.read).toBeLessThan(2_000);
  });

  test.each<[string, Change, number, number]>([
    ["taken", { content: "x".repeat(3_000_000) }, 3_000_000, 204],
    ["refused", { content: "x".repeat(3_000_000), fields: { key: KEY } }, 3_000_000, 403],
    ["too large", { content: "x".repeat(3_000_000) }, 10, 413],
  ])("is answered over the network while the client still sends: %s", async (_, change, maxBytes, status) => {
    const { blobs, routes } = await open();
    const server = createServer(createServerAdapter(async (request: Request) => (await routes(request))!));
    onTestFinished(() => void server.close());
    const ticket = await ticketOf(blobs, maxBytes);
    const url = ticket.url.replace("localhost:4000", `127.0.0.1:${await listen(server)}`);
    expect((await fetch(url, { method: "POST", body: formOf(ticket, change) })).status).toBe(status);
    server.closeAllConnections();
  });
});

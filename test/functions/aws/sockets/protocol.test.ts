// Which clients may connect, and what happens to those that violate graphql-transport-ws or the gateway's limits.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { onMoto } from "../../../support/aws/moto-resources.ts";
import { ADA, BOB, SocketService } from "../../../support/aws/socket-service.ts";
import { FOLLOW } from "../../../support/schema/stream.ts";

const SHOWN = { authorization: ADA };
const SUBSCRIBE = { id: "1", type: "subscribe", payload: { query: "{ viewer { owner } }" } };
const ANSWER = [
  { id: "1", type: "next", payload: { data: { viewer: { owner: "ada" } } } },
  { id: "1", type: "complete" },
];

onMoto("a socket of API Gateway", () => {
  let service: SocketService;
  beforeAll(async () => {
    service = await SocketService.open({ cors: ["https://app.example.com"] });
  });
  afterAll(() => service.close());

  /** A socket that is acknowledged. */
  const greeted = async (payload: object = SHOWN) => {
    const raw = await service.raw();
    raw.send({ type: "connection_init", payload });
    expect(await raw.next()).toEqual({ type: "connection_ack" });
    return raw;
  };

  describe("is opened", () => {
    test("with a key of the upgrade or of the first message, which takes precedence", async () => {
      const early = await service.raw({ headers: { authorization: BOB } });
      early.send({ type: "connection_init" });
      expect(await early.next()).toEqual({ type: "connection_ack" });
      early.send(SUBSCRIBE);
      expect(await early.next()).toMatchObject({ payload: { data: { viewer: { owner: "bob" } } } });
      const both = await service.raw({ headers: { authorization: BOB } });
      both.send({ type: "connection_init", payload: { Authorization: ADA } });
      expect(await both.next()).toEqual({ type: "connection_ack" });
      both.send(SUBSCRIBE);
      expect([await both.next(), await both.next()]).toEqual(ANSWER);
    });

    test.each([
      ["a wrong key", { headers: { authorization: "Bearer eve" } }, 401],
      ["no protocol", { protocols: [] }, 400],
      ["another protocol", { protocols: ["graphql-ws"] }, 400],
      ["another page", { headers: { ...SHOWN, origin: "https://evil.example.com" } }, 403],
    ])("not with %s", async (_, options, status) => {
      await expect(service.raw(options)).rejects.toThrow(`${status}`);
    });

    test("from an allowed origin only", async () => {
      const raw = await service.raw({
        headers: { origin: "https://app.example.com" },
        protocols: ["x", "graphql-transport-ws"],
      });
      expect(raw.protocol).toBe("graphql-transport-ws");
    });

    test.each([{}, { authorization: "Bearer eve" }, { authorization: 7 }, { authorization: `${ADA}\r\nx: y` }])(
      "and closed again, with why, after %j",
      async (payload) => {
        const raw = await service.raw();
        raw.send({ type: "connection_init", payload });
        expect(await raw.next()).toMatchObject({
          type: "error",
          payload: [{ extensions: { code: "UNAUTHENTICATED" } }],
        });
        expect(await raw.closed).toBe(1000);
      },
    );

    test("only once by graphql-ws's client when its key is refused", async () => {
      const opened = vi.fn();
      const connectionParams = { authorization: "Bearer eve" };
      const client = service.client({ connectionParams, retryAttempts: 5, on: { opened } });
      await expect(client.iterate({ query: "{ viewer { owner } }" }).next()).rejects.toThrow("First message");
      expect(opened).toHaveBeenCalledTimes(1);
    });
  });

  describe("is closed", () => {
    test.each([
      ["is no JSON", "hello"],
      ["is no message", { type: "hello" }],
      ["only a server says", { id: "1", type: "next", payload: { data: {} } }],
      ["greets again", { type: "connection_init", payload: SHOWN }],
    ])("after a message that %s", async (_, message) => {
      const raw = await greeted();
      raw.send(message);
      expect(await raw.closed).toBe(1000);
    });

    test("after an operation before connection_init, with an error", async () => {
      const raw = await service.raw({ headers: SHOWN });
      raw.send(SUBSCRIBE);
      expect(await raw.next()).toMatchObject({ id: "1", type: "error", payload: [{ message: /connection_init/ }] });
      expect(await raw.closed).toBe(1000);
    });

    test("after two concurrent connection_init messages", async () => {
      const raw = await service.raw();
      for (let i = 0; i < 2; i++) raw.send({ type: "connection_init", payload: SHOWN });
      expect(await raw.closed).toBe(1000);
    });

    test("after a second operation with the same id", async () => {
      const id = await service.submit();
      const raw = await greeted();
      const follow = { id: "1", type: "subscribe", payload: { query: FOLLOW, variables: { id } } };
      raw.send(follow);
      expect(await raw.next()).toMatchObject({ id: "1", type: "next" });
      raw.send(follow);
      expect(await raw.closed).toBe(1000);
    });

    test("by the gateway after a frame of more than 32 KB, or a message of more than 128 KB", async () => {
      const ping = (bytes: number) => JSON.stringify({ type: "ping", payload: { text: "x".repeat(bytes - 37) } });
      const pieces = await service.raw();
      pieces.send(ping(120_000), 30_000);
      expect(await pieces.next()).toEqual(JSON.parse(ping(120_000).replace("ping", "pong")));
      pieces.send(ping(140_000), 30_000);
      expect(await pieces.closed).toBe(1009);
      const frame = await service.raw();
      frame.send(ping(33_000));
      expect(await frame.closed).toBe(1009);
    });
  });

  test("refuses an operation id that is too long", async () => {
    const job = await service.submit();
    const raw = await greeted();
    const payload = { query: FOLLOW, variables: { id: job } };
    raw.send({ id: "雨".repeat(100), type: "subscribe", payload });
    expect(await raw.next()).toMatchObject({ type: "error", payload: [{ extensions: { code: "LIMIT_EXCEEDED" } }] });
    raw.send({ id: "a#b/雨 \n", type: "subscribe", payload });
    expect(await raw.next()).toMatchObject({ id: "a#b/雨 \n", type: "next" });
  });

  test("ignores a pong, and a complete for an unknown operation", async () => {
    const raw = await greeted();
    raw.send({ type: "pong" });
    raw.send({ id: "none", type: "complete" });
    raw.send(SUBSCRIBE);
    expect([await raw.next(), await raw.next()]).toEqual(ANSWER);
  });
});

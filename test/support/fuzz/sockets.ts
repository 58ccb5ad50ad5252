// WebSockets that keep no rule of graphql-transport-ws, and frames that keep none of RFC 6455.
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { FOLLOW, GENERATE, type Known, operations } from "./operations.ts";
import { mutatedBytes, mutatedJson, type RandomChoices } from "./random-choices.ts";

const TEXT = 1;
const BINARY = 2;

type Frame = {
  readonly opcode?: number;
  readonly final?: boolean;
  readonly masked?: boolean;
  /** Reserved bits, which need a negotiated extension. */
  readonly reserved?: number;
  /** The length it declares, if not its actual one. */
  readonly length?: number;
};

function frame(
  payload: Buffer,
  { opcode = TEXT, final = true, masked: hidden = true, reserved = 0, length }: Frame = {},
): Buffer {
  const received = length ?? payload.length;
  const first = (final ? 0x80 : 0) | (reserved << 4) | opcode;
  const bit = hidden ? 0x80 : 0;
  const head = Buffer.alloc(received < 126 ? 2 : received < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = bit | (received < 126 ? received : received < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(received, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(received), 2);
  if (!hidden) return Buffer.concat([head, payload]);
  // A mask of zeros is one, too, and quick.
  const mask = payload.length < 10_000 ? randomBytes(4) : Buffer.alloc(4);
  const masked = payload.length < 10_000 ? payload.map((byte, i) => byte ^ mask[i % 4]!) : payload;
  return Buffer.concat([head, mask, masked]);
}

/** A message of the protocol, in its place or out of it. */
function message(known: Known, chance: RandomChoices): unknown {
  // Few, so that ids are used twice, while they are in use and after.
  const id = String(chance.below(4));
  switch (chance.below(9)) {
    case 0:
      return {
        type: "connection_init",
        payload: chance.pick([undefined, null, { authorization: 7 }, { authorization: "\r\n" }]),
      };
    case 1:
      return { type: chance.pick(["ping", "pong"]), payload: chance.pick([undefined, { a: 1 }, 7]) };
    case 2:
      return { id, type: "complete" };
    case 3:
      return {
        id: chance.pick([id, "", "x".repeat(100_000), "__proto__"]),
        type: chance.pick(["next", "error", "nonsense", ""]),
      };
    case 4:
      return { id, type: "subscribe", payload: mutatedJson(chance.pick(operations(known)), chance) };
    case 5:
      return {
        id: chance.pick(["__proto__", "constructor", "toString"]),
        type: "subscribe",
        payload: { query: FOLLOW, variables: { id: known.job } },
      };
    case 6:
      return mutatedJson({ id, type: "subscribe", payload: chance.pick(operations(known)) }, chance);
    default:
      return { id, type: "subscribe", payload: chance.pick([...operations(known), GENERATE]) };
  }
}

function anyFrame(known: Known, chance: RandomChoices): Buffer {
  const text = Buffer.from(JSON.stringify(message(known, chance)) ?? "undefined");
  if (chance.maybe(0.75)) return frame(text);
  switch (chance.below(10)) {
    case 0:
      return frame(mutatedBytes(text, chance));
    case 1:
      return frame(text, { opcode: BINARY });
    case 2:
      return frame(Buffer.from([0xc3, 0x28, 0xff, 0xfe]));
    case 3:
      return frame(Buffer.alloc(1_500_000, "x"));
    case 4:
      return frame(text, { masked: false });
    case 5:
      return frame(text, { opcode: chance.below(16), reserved: chance.below(8), final: chance.maybe(0.5) });
    case 6:
      return frame(text, { length: chance.pick([0, 125, 65_535, 2 ** 31, Number.MAX_SAFE_INTEGER]) });
    case 7: {
      const half = Math.floor(text.length / 2);
      return Buffer.concat([
        frame(text.subarray(0, half), { final: false }),
        frame(text.subarray(half), { opcode: 0 }),
      ]);
    }
    case 8:
      return frame(chance.bytes(chance.below(130)), { opcode: chance.pick([8, 9, 10]) });
    default:
      return chance.bytes(chance.below(200));
  }
}

const PROTOCOLS = ["graphql-transport-ws", "graphql-ws", "nonsense", "graphql-transport-ws, other", ""];

function upgrade(chance: RandomChoices): Buffer {
  const protocol = chance.maybe(0.9) ? PROTOCOLS[0]! : chance.pick(PROTOCOLS);
  const lines = [
    `GET ${chance.maybe(0.95) ? "/graphql" : "//"} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    `Sec-WebSocket-Version: ${chance.maybe(0.97) ? 13 : chance.pick(["8", "99", "x"])}`,
    `Sec-WebSocket-Key: ${chance.maybe(0.97) ? randomBytes(16).toString("base64") : "x"}`,
    ...(protocol === "" ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...(chance.maybe(0.1) ? ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"] : []),
    ...(chance.maybe(0.05) ? ["Origin: https://evil.example"] : []),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}

const once = (socket: Socket, event: "connect" | "data" | "close" | "error") =>
  new Promise<void>((resolve) => socket.once(event, () => resolve()));
const flushed = (socket: Socket, bytes: Buffer) => new Promise<void>((done) => socket.write(bytes, () => done()));

/** Opens a socket, says a few things, and drops it: without a word, by half, or with a frame that closes it. How often it was answered. */
export async function misuseSocket(port: number, known: Known, chance: RandomChoices): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  // Either ends the connection: a reset by the server is reported as an error, never as "close".
  const closed = Promise.race([once(socket, "close"), once(socket, "error")]);
  let answers = 0;
  socket.on("data", () => {
    answers++;
  });
  await Promise.race([once(socket, "connect"), closed]);
  await flushed(socket, upgrade(chance));
  // Some speak before they were answered.
  if (chance.maybe(0.8)) await Promise.race([once(socket, "data"), closed]);
  if (chance.maybe(0.8)) await flushed(socket, frame(Buffer.from(JSON.stringify({ type: "connection_init" }))));
  for (let i = 1 + chance.below(10); i > 0 && !socket.destroyed; i--) {
    await flushed(socket, anyFrame(known, chance));
    if (chance.maybe(0.2)) await Promise.race([once(socket, "data"), closed, pause(50)]);
  }
  const end = chance.below(4);
  if (end === 0) socket.end(frame(Buffer.from([3, 232]), { opcode: 8 }));
  if (end === 1) socket.end();
  if (end === 2) socket.resetAndDestroy();
  const delayed = setTimeout(() => socket.destroy(), end === 3 ? 0 : 250);
  await closed;
  clearTimeout(delayed);
  return answers;
}

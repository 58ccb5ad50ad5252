// Many who follow one job, each over a connection of its own. Nothing is parsed but each event's number and the time it was
// written at, so that the crowd is as quick as it can be.
import WebSocket from "ws";
import { percentile } from "./numbers.ts";
import { EVENTS } from "./operations.ts";
import { type Place, stream } from "./request.ts";

const ENDED = /"(Succeeded|Canceled)"/;

export type Transport = "SSE" | "WebSocket";
type Delivered = { readonly events: number; readonly p50: number; readonly p99: number; readonly max: number };

export type Crowd = {
  /** Resolves when each subscriber has received its first event. */
  readonly gathered: Promise<unknown>;
  /** Delays, in milliseconds, of the events written after `gathered`. Resolves when each subscriber has the last event. */
  readonly delivered: Promise<Delivered>;
};

export function gather(transport: Transport, place: Place, id: string, count: number): Crowd {
  const join = transport === "SSE" ? joinStream : joinSocket;
  const received: { readonly at: number; readonly now: number }[] = [];
  let since = 0;
  const members = Array.from({ length: count }, () => {
    let first = () => {};
    const here = new Promise<void>((resolve) => {
      first = resolve;
    });
    let last = 0;
    const onText = (text: string) => {
      const now = performance.timeOrigin + performance.now();
      first();
      for (const [, seq, at] of text.matchAll(/"seq":(\d+),"at":"([^"]+)"/g)) {
        if (Number(seq) !== ++last) throw new Error(`Event ${seq} came after ${last - 1}`);
        received.push({ at: Date.parse(at!), now });
      }
      return ENDED.test(text);
    };
    return { here, over: join(place, id, onText) };
  });
  const gathered = Promise.all(members.map(({ here, over }) => Promise.race([here, over]))).then(() => {
    since = Date.now();
  });
  const delivered = Promise.all(members.map(({ over }) => over)).then(() => {
    const times = received.filter(({ at }) => at > since).map(({ at, now }) => now - at);
    return {
      events: times.length,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      max: percentile(times, 1),
    };
  });
  return { gathered, delivered };
}

/** `onText` says whether that was the last. */
type Join = (place: Place, id: string, onText: (text: string) => boolean) => Promise<void>;

const joinStream: Join = async (place, id, onText) => {
  for await (const text of await stream(place, EVENTS, { id })) if (onText(text)) return;
  throw new Error("The stream ended before the job");
};

const joinSocket: Join = ({ url, headers }, id, onText) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws", { headers });
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on("open", () => send({ type: "connection_init" }));
    socket.on("message", (data) => {
      const text = data.toString();
      if (text.includes('"connection_ack"')) {
        send({ type: "subscribe", id: "1", payload: { query: EVENTS, variables: { id } } });
      } else if (onText(text)) {
        resolve();
        socket.close();
      }
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("The socket closed before the job's end")));
  });

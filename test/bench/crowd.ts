// Many who follow one job, each over a connection of its own. Nothing is parsed but the time each event was written at, so
// that the crowd is as quick as it can be.
import WebSocket from "ws";
import { type Place, stream } from "./ask.ts";
import { percentile } from "./numbers.ts";
import { EVENTS } from "./operations.ts";

export type Transport = "SSE" | "WebSocket";
export type Delivered = { readonly events: number; readonly p50: number; readonly p99: number; readonly max: number };

export type Crowd = {
  /** When each has heard its first event. */
  readonly gathered: Promise<unknown>;
  /** Of the events that were written since all had gathered, after each has heard the job's last: milliseconds. */
  readonly delivered: Promise<Delivered>;
};

export function gather(transport: Transport, place: Place, id: string, count: number): Crowd {
  const join = transport === "SSE" ? joinStream : joinSocket;
  const heard: { readonly at: number; readonly now: number }[] = [];
  let since = 0;
  const members = Array.from({ length: count }, () => {
    let first = () => {};
    const here = new Promise<void>((resolve) => {
      first = resolve;
    });
    const hear = (text: string) => {
      const now = performance.timeOrigin + performance.now();
      first();
      for (const [, at] of text.matchAll(/"at":"([^"]+)"/g)) heard.push({ at: Date.parse(at!), now });
      return text.includes('"Succeeded"');
    };
    return { here, over: join(place, id, hear) };
  });
  const gathered = Promise.all(members.map(({ here, over }) => Promise.race([here, over]))).then(() => {
    since = Date.now();
  });
  const delivered = Promise.all(members.map(({ over }) => over)).then(() => {
    const times = heard.filter(({ at }) => at > since).map(({ at, now }) => now - at);
    return {
      events: times.length,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      max: percentile(times, 1),
    };
  });
  return { gathered, delivered };
}

/** `hear` says whether that was the last. */
type Join = (place: Place, id: string, hear: (text: string) => boolean) => Promise<void>;

const joinStream: Join = async (place, id, hear) => {
  for await (const text of await stream(place, EVENTS, { id })) if (hear(text)) return;
  throw new Error("The stream ended before the job");
};

const joinSocket: Join = ({ url, headers }, id, hear) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws", { headers });
    const say = (message: object) => socket.send(JSON.stringify(message));
    socket.on("open", () => say({ type: "connection_init" }));
    socket.on("message", (data) => {
      const text = data.toString();
      if (text.includes('"connection_ack"')) {
        say({ type: "subscribe", id: "1", payload: { query: EVENTS, variables: { id } } });
      } else if (hear(text)) {
        resolve();
        socket.close();
      }
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("The socket closed before the job's end")));
  });

// The contract of Queue. Delivery is at least once and unordered, so tests wait for messages with long polls and never
// expect that a message does not arrive, unless it is delayed.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Message, QUEUE_LIMITS, type Queue } from "../../infra/ports.ts";

/** An empty queue for each test. */
type OpenQueue = () => Promise<{ readonly queue: Queue; readonly close: () => Promise<void> }>;

/** Long enough for a message that is late, twice. */
const POLLS = 40;

export function contractOfQueue(name: string, open: OpenQueue): void {
  describe(`the contract of a queue: ${name}`, () => {
    let queue: Queue;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ queue, close } = await open());
    });
    afterEach(() => close());

    const send = async (count: number): Promise<string[]> => {
      const ids = Array.from({ length: count }, () => randomUUID());
      await Promise.all(ids.map((id) => queue.send({ id }, { group: "anna" })));
      return ids;
    };
    const poll = (visibilitySeconds: number, max = 10) => queue.receive({ max, waitSeconds: 1, visibilitySeconds });

    /** Removes what comes until all of these came; returns their first deliveries. */
    const drain = async (ids: readonly string[], visibilitySeconds = 30): Promise<Message[]> => {
      const first = new Map<string, Message>();
      for (let polls = 0; polls < POLLS && !ids.every((id) => first.has(id)); polls++) {
        for (const message of await poll(visibilitySeconds)) {
          if (!first.has(message.job.id)) first.set(message.job.id, message);
          await queue.acknowledge(message.handle);
        }
      }
      expect([...first.keys()]).toEqual(expect.arrayContaining([...ids]));
      return [...first.values()];
    };
    const one = async (id: string, visibilitySeconds: number): Promise<Message> => {
      for (let polls = 0; polls < POLLS; polls++) {
        const message = (await poll(visibilitySeconds)).find(({ job }) => job.id === id);
        if (message) return message;
      }
      throw new Error(`The message ${id} did not come`);
    };

    test("delivers each message with its job, for the first time", async () => {
      const messages = await drain(await send(25));
      for (const { deliveries, handle, job } of messages) {
        expect(deliveries).toBe(1);
        expect(handle).not.toBe("");
        expect(Object.keys(job)).toEqual(["id"]);
      }
    });

    test("knows how many messages of a group are served before one, or says that it does not", async () => {
      const ids = Array.from({ length: 3 }, () => randomUUID());
      await queue.send({ id: randomUUID() }, { group: "ben" });
      for (const id of ids) await queue.send({ id }, { group: "anna" });
      const position = (id: string, group = "anna") => queue.position({ id }, group);
      const found = await Promise.all(ids.map((id) => position(id)));
      // The last two are not sent yet.
      found.push(await position(randomUUID()), await position(randomUUID(), "ben"));
      expect([[0, 1, 2, 3, 1], new Array(5).fill(undefined)]).toContainEqual(found);
    });

    test("delivers at most the requested number", async () => {
      const ids = await send(5);
      for (let polls = 0; polls < 4; polls++) expect((await poll(1, 2)).length).toBeLessThanOrEqual(2);
      await drain(ids);
    });

    test("redelivers an unacknowledged message under another handle", async () => {
      const [id] = await send(1);
      const handles = new Set<string>();
      for (let times = 0; times < 3; times++) handles.add((await one(id!, 1)).handle);
      expect(handles.size).toBe(3);
    });

    test("hides a message for the given time, and makes it visible at 0", async () => {
      const [id] = await send(1);
      const { handle } = await one(id!, 600);
      if (await queue.changeVisibility(handle, 900)) expect(await queue.changeVisibility(handle, 0)).toBe(true);
      expect((await one(id!, 30)).handle).not.toBe(handle);
    });

    test("ignores a stale handle", async () => {
      const [id] = await send(1);
      const stale = await one(id!, 30);
      await queue.changeVisibility(stale.handle, 0);
      expect(await queue.changeVisibility(stale.handle, 600)).toBe(false);
      const fresh = await one(id!, 1);
      expect(await queue.changeVisibility(stale.handle, 600)).toBe(false);
      await queue.acknowledge(stale.handle);
      expect((await one(id!, 1)).handle).not.toBe(fresh.handle);
    });

    test("accepts a second acknowledgement, and a handle of a deleted message", async () => {
      const [id] = await send(1);
      const { handle } = await one(id!, 30);
      await queue.acknowledge(handle);
      await queue.acknowledge(handle);
      expect(await queue.changeVisibility(handle, 30)).toBe(false);
    });

    test("is empty once every delivery was acknowledged", async () => {
      await drain(await send(8));
      let quiet = 0;
      for (let polls = 0; polls < POLLS && quiet < 2; polls++) {
        const messages = await queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 30 });
        quiet = messages.length === 0 ? quiet + 1 : 0;
        for (const { handle } of messages) await queue.acknowledge(handle);
      }
      expect(quiet).toBe(2);
    });

    test("delivers nothing before its delay has passed", async () => {
      const id = randomUUID();
      const before = performance.now();
      await queue.send({ id }, { group: "anna", delaySeconds: 1 });
      await one(id, 30);
      // A timer may be early by what a clock rounds.
      expect(performance.now() - before).toBeGreaterThan(990);
    });

    test("returns nothing when no message arrives", async () => {
      expect(await queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 30 })).toEqual([]);
      expect(await queue.receive({ max: 10, waitSeconds: 1, visibilitySeconds: 30 })).toEqual([]);
    });

    test("delivers a message that is sent during the wait", async () => {
      const waiting = queue.receive({ max: 1, waitSeconds: 5, visibilitySeconds: 1 });
      const [id] = await send(1);
      const waited = await waiting;
      if (waited.length === 0) await one(id!, 30);
      else expect(waited.map(({ job }) => job)).toEqual([{ id }]);
    });

    test("consumes no message in an aborted wait", async () => {
      const abort = new AbortController();
      const waiting = queue.receive({ max: 10, waitSeconds: 20, visibilitySeconds: 600, signal: abort.signal });
      abort.abort();
      expect(await waiting).toEqual([]);
      const ids = await send(3);
      const options = { max: 10, waitSeconds: 1, visibilitySeconds: 600, signal: abort.signal };
      expect(await queue.receive(options)).toEqual([]);
      await drain(ids);
    });

    test("counts messages approximately", async () => {
      await send(3);
      const { ready, hidden } = await queue.depth();
      for (const count of [ready, hidden]) expect(Number.isInteger(count) && count >= 0).toBe(true);
    });

    test("accepts a message of the maximum size, and no larger one", async () => {
      const id = "x".repeat(QUEUE_LIMITS.bytes - '{"id":""}'.length);
      await queue.send({ id }, { group: "anna", delaySeconds: 0 });
      expect((await drain([id]))[0]!.job).toEqual({ id });
      await expect(queue.send({ id: `${id}x` }, { group: "anna" })).rejects.toThrow(
        "at most 1048576 bytes; this one has 1048577",
      );
    });

    test("refuses arguments beyond the limits", async () => {
      const options = { max: 1, waitSeconds: 0, visibilitySeconds: 1 };
      const send = (delaySeconds: number) => queue.send({ id: "a" }, { group: "anna", delaySeconds });
      await expect(send(901)).rejects.toThrow("delaySeconds must be a whole number from 0 to 900, not 901");
      await expect(send(-1)).rejects.toThrow("delaySeconds");
      await expect(send(0.5)).rejects.toThrow("delaySeconds");
      await expect(queue.receive({ ...options, max: 11 })).rejects.toThrow("from 1 to 10, not 11");
      await expect(queue.receive({ ...options, max: 0 })).rejects.toThrow("max");
      await expect(queue.receive({ ...options, waitSeconds: 21 })).rejects.toThrow("waitSeconds");
      await expect(queue.receive({ ...options, visibilitySeconds: 43_201 })).rejects.toThrow("visibilitySeconds");
      await expect(queue.changeVisibility("any", 43_201)).rejects.toThrow("visibilitySeconds");
    });
  });
}

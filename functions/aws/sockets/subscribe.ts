// Handles `subscribe` messages: answers queries and mutations at once, and stores subscriptions.
import { setTimeout as sleep } from "node:timers/promises";
import { jobTopic, ownerTopic, type Subscription } from "../../../infra/aws/connection-items.ts";
import { formatPosition } from "../../../infra/jobs/owner-position.ts";
import {
  encodeMessage,
  errorPayload,
  type MessageType,
  tooManyOperations,
  type Viewer,
  withinLimits,
} from "../../../schema/index.ts";
import type { Caller } from "../authenticate.ts";
import { type SubscriptionRequest, TOO_LARGE, UNAUTHENTICATED } from "./deliver-events.ts";
import { type EventSource, jobSource, pastSource } from "./event-source.ts";
import type { Incoming, MessageContext } from "./message-context.ts";

/** Maximum length of an operation's id, which is part of a row's key. */
const ID_BYTES = 256;
/** Tries of a replay while another process has the subscription locked: longer than a crashed one keeps its lock. */
const REPLAY_TRIES = 88;
const REPLAY_PAUSE_MS = 250;

const NOT_ACKNOWLEDGED = errorPayload("UNAUTHENTICATED", "The first message of a socket must be connection_init.");

export async function subscribe(
  context: MessageContext,
  { socket, message: { id, payload } }: Incoming<MessageType.Subscribe>,
  caller: Caller | undefined,
): Promise<void> {
  const { connections, authenticator, operations, post, send, operationsPerSocket, followersPerJob } = context;
  const { connection } = socket;
  const refuse = async (errors: ReturnType<typeof errorPayload>): Promise<void> => {
    await send(connection, encodeMessage.error(id, errors));
  };
  if (!socket.acknowledged || caller === undefined) {
    await refuse(NOT_ACKNOWLEDGED);
    return post.disconnect(connection);
  }
  if (Buffer.byteLength(id) > ID_BYTES) {
    return refuse(errorPayload("LIMIT_EXCEEDED", `An operation's id has at most ${ID_BYTES} bytes.`));
  }
  const viewer = await authenticator.findViewer(caller);
  if (viewer === undefined) return refuse(UNAUTHENTICATED);
  const started = await operations.start(payload, viewer);
  if (started.type === "REFUSED") return refuse(started.errors);
  if (started.type === "ANSWERED") {
    const outcome = await send(connection, encodeMessage.next(id, started.result));
    if (outcome === "LARGE") await refuse(TOO_LARGE);
    else if (outcome === "SENT") await send(connection, encodeMessage.complete(id));
    return;
  }
  const request = JSON.stringify({ payload, caller } satisfies SubscriptionRequest);
  const { owner } = viewer;
  const followed =
    started.type === "FOLLOWS"
      ? { topic: jobTopic(started.job), position: String(started.after) }
      : { topic: ownerTopic(owner), position: formatPosition(started.after) };
  const subscription = { connection, operation: id, owner, request, ...followed };
  const limits = { operations: operationsPerSocket, followers: followersPerJob };
  const outcome = await withinLimits(connections.subscribe(subscription, limits));
  if (outcome === "FULL") return refuse(errorPayload("LIMIT_EXCEEDED", tooManyOperations(operationsPerSocket)));
  if (outcome === "CROWDED") {
    const use = "query instead, or subscribe over server-sent events";
    const what = started.type === "FOLLOWS" ? "A job has" : "The jobs of an owner have";
    const message = `${what} at most ${followersPerJob} subscriptions over WebSockets: ${use}.`;
    return refuse(errorPayload("LIMIT_EXCEEDED", message));
  }
  // With two operations of the same id, a message would be ambiguous.
  if (outcome !== "SUBSCRIBED") return post.disconnect(connection);
  try {
    const read =
      started.type === "FOLLOWS" ? readJob(context, started.job) : async () => pastSource(context.jobs.of(owner));
    await replay(context, subscription, viewer, read);
  } catch (error) {
    await connections.complete(subscription).catch(() => {});
    throw error;
  }
}

/** Undefined for a job that is gone. */
type ReadPast = () => Promise<EventSource | undefined>;

function readJob({ store }: MessageContext, id: string): ReadPast {
  return async () => {
    const record = await store.get(id);
    return record && jobSource(record);
  };
}

/** Delivers past events that are read after the subscription is stored, so that no event is missed. */
async function replay(
  { deliver }: MessageContext,
  subscription: Subscription,
  viewer: Viewer,
  read: ReadPast,
): Promise<void> {
  const delivery = { findViewer: async () => viewer, force: false };
  for (let tries = 0; tries < REPLAY_TRIES; tries++) {
    const source = await read();
    if (source === undefined) break;
    if ((await deliver(subscription, source, delivery)) === "DELIVERED") return;
    await sleep(REPLAY_PAUSE_MS);
  }
  throw new Error(`The events of ${subscription.topic} could not be delivered`);
}

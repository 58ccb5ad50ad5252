// Argument checks of the ports, shared by all adapters, so that a call that works locally also works on AWS.
import { type JobMessage, QUEUE_LIMITS, type Queue } from "./ports.ts";

type ReceiveOptions = Parameters<Queue["receive"]>[0];

/** SQS's limit for one long poll. */
export const LONGEST_POLL_SECONDS = 20;
/** DynamoDB's limit for one item. */
const RECORD_BYTES = 400 * 1024;
/** S3 allows 1,024. The longest key in use is far shorter. */
const KEY_LENGTH = 512;
const KEY = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;
const MEDIA_TYPE = /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/;
/** S3's limit for the lifetime of a signature. */
const SIGNED_SECONDS = 7 * 24 * 60 * 60;

/** Returns the message's body. Throws RangeError if it is too large. */
export function encodeMessage(message: JobMessage): string {
  const body = JSON.stringify(message);
  const bytes = Buffer.byteLength(body);
  if (bytes > QUEUE_LIMITS.bytes) {
    throw new RangeError(`A message has at most ${QUEUE_LIMITS.bytes} bytes; this one has ${bytes}`);
  }
  return body;
}

export function checkDelay(seconds: number): void {
  checkWhole("delaySeconds", seconds, 0, QUEUE_LIMITS.delaySeconds);
}

export function checkVisibility(seconds: number): void {
  checkWhole("visibilitySeconds", seconds, 0, QUEUE_LIMITS.visibilitySeconds);
}

export function checkReceive({ max, waitSeconds, visibilitySeconds }: ReceiveOptions): void {
  checkWhole("max", max, 1, QUEUE_LIMITS.batch);
  checkWhole("waitSeconds", waitSeconds, 0, LONGEST_POLL_SECONDS);
  checkVisibility(visibilitySeconds);
}

/** Checks the size of a record's JSON. */
export function checkRecord(json: string): void {
  const bytes = Buffer.byteLength(json);
  if (bytes > RECORD_BYTES) throw new RangeError(`A record has at most ${RECORD_BYTES} bytes; this one has ${bytes}`);
}

/** No part of a key may be "." or "..", because URLs and paths resolve them to another key. */
export function isKey(key: string): boolean {
  return key.length <= KEY_LENGTH && KEY.test(key) && !key.split("/").some((part) => part === "." || part === "..");
}

export function checkKey(key: string): void {
  if (!isKey(key)) throw new RangeError(`Invalid blob key: ${JSON.stringify(key.slice(0, 100))}`);
}

export function checkMediaType(type: string): void {
  if (!MEDIA_TYPE.test(type)) throw new RangeError(`Invalid media type: ${JSON.stringify(type.slice(0, 100))}`);
}

export function checkSigned(seconds: number): void {
  checkWhole("seconds", seconds, 1, SIGNED_SECONDS);
}

/**
 * When a signed URL begins and ends to be valid, in seconds since 1970. It is valid for at least `seconds`, and the same for
 * all calls of one window, so that browsers and caches recognise it.
 */
export function signedPeriod(now: number, seconds: number): { readonly from: number; readonly until: number } {
  checkSigned(seconds);
  const window = Math.max(1, Math.min(Math.floor(seconds / 2), SIGNED_SECONDS - seconds));
  const from = Math.floor(now / 1000 / window) * window;
  return { from, until: Math.min(from + window + seconds, from + SIGNED_SECONDS) };
}

function checkWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
  }
}

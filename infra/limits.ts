// What the ports refuse: the same in every adapter, so that what works on a laptop works on AWS.
import { type JobMessage, QUEUE_LIMITS, type Queue } from "./ports.ts";

type ReceiveOptions = Parameters<Queue["receive"]>[0];

/** Of SQS, beside those of the port: one long poll. */
export const LONGEST_POLL_SECONDS = 20;
/** Of one item in DynamoDB. */
const RECORD_BYTES = 400 * 1024;
/** S3 takes 1,024; no key of ours comes near. */
const KEY_LENGTH = 512;
const KEY = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;
const MEDIA_TYPE = /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/;
/** S3 signs nothing for longer. */
const SIGNED_SECONDS = 7 * 24 * 60 * 60;

/** The message's body. */
export function checkedBody(note: JobMessage): string {
  const body = JSON.stringify(note);
  const bytes = Buffer.byteLength(body);
  if (bytes > QUEUE_LIMITS.bytes) {
    throw new RangeError(`A message may have ${QUEUE_LIMITS.bytes} bytes, not ${bytes}`);
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

/** The record's JSON. */
export function checkRecord(json: string): void {
  const bytes = Buffer.byteLength(json);
  if (bytes > RECORD_BYTES) throw new RangeError(`A record may have ${RECORD_BYTES} bytes, not ${bytes}`);
}

/** No part of a key may be "." or "..", so that no key means another one once it is part of a URL or a path. */
export function isKey(key: string): boolean {
  return key.length <= KEY_LENGTH && KEY.test(key) && !key.split("/").some((part) => part === "." || part === "..");
}

export function checkKey(key: string): void {
  if (!isKey(key)) throw new RangeError(`This is no key of a blob: ${JSON.stringify(key.slice(0, 100))}`);
}

export function checkMediaType(type: string): void {
  if (!MEDIA_TYPE.test(type)) throw new RangeError(`This is no media type: ${JSON.stringify(type.slice(0, 100))}`);
}

export function checkSigned(seconds: number): void {
  checkWhole("seconds", seconds, 1, SIGNED_SECONDS);
}

function checkWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
  }
}

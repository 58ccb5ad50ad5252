// The largest record there can be: the longest request, every event as often as the rules allow, every text at its limit.
import { toStoredEmbedding } from "../../../infra/jobs/embedding.ts";
import type { DrawnPicture, JobRecord } from "../../../infra/jobs/job.ts";
import { pictureKey, previewKey } from "../../../infra/jobs/keys.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { LIMITS } from "../../../models/request.ts";
import { randomOf } from "../random.ts";
import { accepted, generate, INTERNAL, START } from "./builders.ts";

const ID = "z".repeat(26);
const PICTURES = LIMITS.interpolateFrames.max;
/** CLIP's widest. */
const WIDTH = 1024;
const MINUTE = 60_000;

/** Each character takes six bytes in JSON, more than any other. */
const LONGEST_TEXT = "\u0001".repeat(LIMITS.prompt.max);

const allowed = (record: JobRecord | undefined): JobRecord => {
  if (record === undefined) throw new Error("The move was refused");
  return record;
};

export function largestRecord(): JobRecord {
  const request = {
    ...generate({ size: 1024, seed: LIMITS.seed.max - PICTURES, steps: LIMITS.steps.max, guidance: 7.123456789012345 }),
    kind: "interpolate",
    between: Array.from({ length: LIMITS.between.max }, () => ({ prompt: LONGEST_TEXT })),
    frames: PICTURES,
  } as unknown as JobRecord["request"];
  const deadlines = { startSeconds: 86_400, endSeconds: 86_400 };
  const webhook = `https://example.com/${"w".repeat(1_980)}`;
  const fingerprint = "f".repeat(64);
  const order = { id: ID, owner: "o".repeat(64), request, fingerprint, pictures: PICTURES, ...deadlines, webhook };
  let now = START;
  let job = accepted(order, now);
  const start = () => {
    now = Math.max(now + 1_000, job.notBefore);
    job = allowed(transitions.provisioning(job, now));
    job = allowed(transitions.lease(job, "a-worker-with-a-long-name/".repeat(4), now));
  };
  const reportProgress = (count: number) => {
    for (let step = 1; step <= count; step++) {
      const place = {
        stage: "upsampler-1024",
        picture: PICTURES - 1,
        pictures: PICTURES,
        step: 200 + step,
        steps: 250,
      };
      now += JOB_POLICY.progressMs;
      job = allowed(transitions.progress(job, job.attempt, { ...place, preview: previewKey(ID, place) }, now));
      if (step % 10 === 0) job = allowed(transitions.heartbeat(job, job.attempt, now));
    }
  };
  for (let times = 1; times < JOB_POLICY.maxFailures; times++) {
    start();
    job = allowed(transitions.fail(job, job.attempt, { ...INTERNAL, message: "m".repeat(500) }, now));
  }
  for (let times = 1; times < JOB_POLICY.maxLost; times++) {
    start();
    now += MINUTE;
    job = allowed(transitions.loseWorker(job, now));
  }
  while (job.attempt < JOB_POLICY.maxAttempts - 1) {
    start();
    job = allowed(transitions.release(job, job.attempt, now));
  }
  start();
  reportProgress(JOB_POLICY.progressEvents);
  const drawn = pictures();
  for (const picture of drawn) {
    now += 1_000;
    job = allowed(transitions.addPicture(job, job.attempt, picture, now));
  }
  const finish: transitions.Finish = {
    sheet: pictureKey(ID, PICTURES),
    animation: { key: pictureKey(ID, PICTURES), format: "webp" },
    warnings: Array.from({ length: 2 * LIMITS.between.max }, () => ({ code: "CAPTION_CUT", message: "m".repeat(500) })),
    timings: Array.from({ length: 6 }, () => ({ stage: "upsampler-1024", milliseconds: 123_456.789_012_345 })),
  };
  job = allowed(transitions.succeed(job, job.attempt, drawn, finish, now));
  const tried = { ...job.webhook!, tries: 12, lastStatus: 500, lastError: "e".repeat(500), nextAt: now };
  return allowed(transitions.recordDelivery(job, tried, now));
}

function pictures(): DrawnPicture[] {
  const random = randomOf(1);
  return Array.from({ length: PICTURES }, (_, index) => {
    const vector = Float32Array.from({ length: WIDTH }, () => random() - 0.5);
    const embedding = toStoredEmbedding({ clip: "c".repeat(64), vector });
    return { index, key: pictureKey(ID, index), size: 1024, seed: 4_294_967_200 + index, score: random(), embedding };
  });
}

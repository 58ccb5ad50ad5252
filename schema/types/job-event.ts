import { fractionAt } from "../../infra/jobs/fraction.ts";
import type { JobEvent as JobEventRecord } from "../../infra/jobs/job.ts";
import type { ObservedEvent } from "../../infra/jobs/watch.ts";
import { STAGES } from "../../models/types.ts";
import { builder } from "../builder.ts";
import { DeadlineEnum } from "./enums.ts";
import { Failure } from "./failure.ts";
import { SignedUrl, toPicture } from "./image.ts";
import { Picture, Preview } from "./picture.ts";
import { Job } from "./refs.ts";

const STAGE_NAMES = STAGES.map((name) => `"${name}"`).join(", ");

type Kind = JobEventRecord["type"];
/** An event of one kind, with its job as of the read. */
export type ObservedEventOf<K extends Kind> = ObservedEvent & { readonly event: Extract<JobEventRecord, { type: K }> };

const NAMES = {
  QUEUED: "Queued",
  PROVISIONING: "Provisioning",
  STARTED: "Started",
  PROGRESS: "Progress",
  PICTURE_READY: "PictureReady",
  RETRYING: "Retrying",
  RELEASED: "Released",
  SUCCEEDED: "Succeeded",
  FAILED: "Failed",
  CANCELED: "Canceled",
  EXPIRED: "Expired",
} as const satisfies Record<Kind, string>;

export const JobEvent = builder.interfaceRef<ObservedEvent>("JobEvent").implement({
  description:
    "A numbered event of a job. It is written together with the change of the job, so events and state never disagree.",
  resolveType: ({ event }) => NAMES[event.type],
  fields: (t) => ({
    seq: t.int({
      description:
        "Sequence number: 1, 2, 3 and so on, without gaps. To resume after a disconnect, pass the last one received as `after`.",
      resolve: ({ event }) => event.seq,
    }),
    at: t.field({ type: "DateTime", description: "When it happened.", resolve: ({ event }) => event.at }),
    job: t.field({
      type: Job,
      description: "The job as of the read. It may be further along than this event.",
      resolve: ({ record }) => record,
    }),
  }),
});

const ref = <K extends Kind>(kind: K) => builder.objectRef<ObservedEventOf<K>>(NAMES[kind]);

/** Events without fields of their own. */
const PLAIN = {
  QUEUED: "The job was accepted and stored.",
  PROVISIONING: "A machine is starting for the queue this job waits in. This can take minutes.",
  RELEASED:
    "The worker had to stop. Another one resumes at once, after the last finished stage. This is not a failure.",
  SUCCEEDED: "The job ended: all pictures are finished. The last event.",
  CANCELED: "The job ended: its owner canceled it. The last event.",
} as const;

for (const [kind, description] of Object.entries(PLAIN) as [keyof typeof PLAIN, string][]) {
  ref(kind).implement({ description, interfaces: [JobEvent] });
}

ref("STARTED").implement({
  description: "A worker began an attempt.",
  interfaces: [JobEvent],
  fields: (t) => ({
    attempt: t.int({ description: "Number of the attempt, from 1.", resolve: ({ event }) => event.attempt }),
  }),
});

export const Progress = ref("PROGRESS").implement({
  description:
    "A denoising step. Sent for the first step of each stage, then at most twice a second. If several are pending in a row, a service may send only the last.",
  interfaces: [JobEvent],
  fields: (t) => ({
    fraction: t.float({
      description: "The share of the whole job that is done, from 0 to 1, by denoising steps. It never gets smaller.",
      resolve: ({ event, record }, _, { models }) => fractionAt(record, event.seq, models[0]!),
    }),
    stage: t.string({
      description: `The running stage: ${STAGE_NAMES}, or "upsampler-" followed by its output size in pixels.`,
      resolve: ({ event }) => event.stage,
    }),
    pictureIndex: t.int({ description: "Index of the picture, from 0.", resolve: ({ event }) => event.picture }),
    pictureCount: t.int({ description: "Number of pictures in this stage.", resolve: ({ event }) => event.pictures }),
    step: t.int({ description: "The step just finished, from 1.", resolve: ({ event }) => event.step }),
    steps: t.int({ description: "Number of steps in this stage, per picture.", resolve: ({ event }) => event.steps }),
    preview: t.field({
      type: Preview,
      nullable: true,
      description: "A small preview of the unfinished picture, if there is one.",
      resolve: ({ event: { preview } }) =>
        preview === undefined ? null : { typename: "Preview" as const, link: new SignedUrl(preview) },
    }),
  }),
});

ref("PICTURE_READY").implement({
  description: "A picture is finished. Others may still be in progress.",
  interfaces: [JobEvent],
  fields: (t) => ({
    picture: t.field({
      type: Picture,
      nullable: true,
      description: "The picture. Null if it was deleted since.",
      resolve: ({ event, record }) => {
        const picture = record.drawn.find(({ index }) => index === event.index);
        return picture ? toPicture(record, picture) : null;
      },
    }),
  }),
});

ref("RETRYING").implement({
  description: "An attempt failed; another one follows.",
  interfaces: [JobEvent],
  fields: (t) => ({
    failure: t.field({ type: Failure, description: "Why the attempt failed.", resolve: ({ event }) => event.failure }),
    notBefore: t.field({
      type: "DateTime",
      description: "The earliest time of the next attempt.",
      resolve: ({ event }) => event.notBefore,
    }),
  }),
});

ref("FAILED").implement({
  description: "The job ended: an attempt failed, and no other follows. The last event.",
  interfaces: [JobEvent],
  fields: (t) => ({
    failure: t.field({ type: Failure, description: "Why the attempt failed.", resolve: ({ event }) => event.failure }),
  }),
});

ref("EXPIRED").implement({
  description: "The job ended: a deadline passed. The last event.",
  interfaces: [JobEvent],
  fields: (t) => ({
    deadline: t.field({
      type: DeadlineEnum,
      description: "The deadline that passed.",
      resolve: ({ event }) => event.deadline,
    }),
  }),
});

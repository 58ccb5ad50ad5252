import type { JobEvent as Event } from "../../infra/jobs/job.ts";
import type { ObservedEvent } from "../../infra/jobs/watch.ts";
import { STAGES } from "../../models/types.ts";
import { builder } from "../builder.ts";
import { DeadlineEnum } from "./enums.ts";
import { Failure } from "./failure.ts";
import { Image, maybeSign, Picture, signed } from "./image.ts";
import { Job } from "./refs.ts";

const STAGE_NAMES = STAGES.map((name) => `"${name}"`).join(", ");

type Kind = Event["type"];
/** An event of one kind, with its job as it stood when it was read. */
export type ObservedEventOf<K extends Kind> = ObservedEvent & { readonly event: Extract<Event, { type: K }> };

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
    "A numbered line of a job's log. It is written with the change it tells of, so log and state never disagree.",
  resolveType: ({ event }) => NAMES[event.type],
  fields: (t) => ({
    seq: t.int({
      description: "Counts from 1 without a gap. To go on after a broken connection, pass the last one as `after`.",
      resolve: ({ event }) => event.seq,
    }),
    at: t.field({ type: "DateTime", description: "When it happened.", resolve: ({ event }) => event.at }),
    job: t.field({
      type: Job,
      description: "The job as it stood when the event was read: it may have come further than this event.",
      resolve: ({ record }) => record,
    }),
  }),
});

const ref = <K extends Kind>(kind: K) => builder.objectRef<ObservedEventOf<K>>(NAMES[kind]);

/** Kinds that say no more than that it happened. */
const BARE = {
  QUEUED: "The job was accepted and is safe.",
  PROVISIONING: "A machine is coming up for the queue this job waits in; that can take minutes.",
  RELEASED: "The worker had to stop. Another one resumes after the last finished stage. Not counted as a failure.",
  SUCCEEDED: "Over: every picture is there. The last event.",
  CANCELED: "Over: its owner canceled it. The last event.",
} as const;

for (const [kind, description] of Object.entries(BARE) as [keyof typeof BARE, string][]) {
  ref(kind).implement({ description, interfaces: [JobEvent] });
}

ref("STARTED").implement({
  description: "A worker began an attempt.",
  interfaces: [JobEvent],
  fields: (t) => ({
    attempt: t.int({ description: "Counts attempts from 1.", resolve: ({ event }) => event.attempt }),
  }),
});

export const Progress = ref("PROGRESS").implement({
  description:
    "One denoising step of many; the first of each stage, and then at most two a second. Where several in a row wait to be told, a service may tell the last alone.",
  interfaces: [JobEvent],
  fields: (t) => ({
    stage: t.string({
      description: `The stage at work: ${STAGE_NAMES}, or "upsampler-" and the size it leads to.`,
      resolve: ({ event }) => event.stage,
    }),
    pictureIndex: t.int({ description: "Which picture, from 0.", resolve: ({ event }) => event.picture }),
    pictureCount: t.int({ description: "Of how many in this stage.", resolve: ({ event }) => event.pictures }),
    step: t.int({ description: "The step just done, from 1.", resolve: ({ event }) => event.step }),
    steps: t.int({ description: "Of how many.", resolve: ({ event }) => event.steps }),
    preview: t.field({
      type: Image,
      nullable: true,
      description: "The picture as the network sees it so far, small. It is kept for a day.",
      resolve: ({ event }) => maybeSign(event.preview),
    }),
  }),
});

ref("PICTURE_READY").implement({
  description: "A picture is finished and can be opened, while others may still be drawn.",
  interfaces: [JobEvent],
  fields: (t) => ({
    picture: t.field({ type: Picture, description: "The picture.", resolve: ({ event }) => signed(event) }),
  }),
});

ref("RETRYING").implement({
  description: "An attempt failed and another one will be made.",
  interfaces: [JobEvent],
  fields: (t) => ({
    failure: t.field({ type: Failure, description: "Why it failed.", resolve: ({ event }) => event.failure }),
    notBefore: t.field({
      type: "DateTime",
      description: "When the next attempt may begin.",
      resolve: ({ event }) => event.notBefore,
    }),
  }),
});

ref("FAILED").implement({
  description: "Over: no further attempt is made. The last event.",
  interfaces: [JobEvent],
  fields: (t) => ({
    failure: t.field({ type: Failure, description: "Why it failed.", resolve: ({ event }) => event.failure }),
  }),
});

ref("EXPIRED").implement({
  description: "Over: a deadline passed. The last event.",
  interfaces: [JobEvent],
  fields: (t) => ({
    deadline: t.field({ type: DeadlineEnum, description: "Which one.", resolve: ({ event }) => event.deadline }),
  }),
});

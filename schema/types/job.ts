import {
  isTerminal,
  type JobEvent as JobEventRecord,
  type JobRecord,
  type JobWarning,
  type StageTiming,
} from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import { boundedInt, pageSize } from "./arguments.ts";
import { KindEnum, StatusEnum, WarningEnum } from "./enums.ts";
import { Failure } from "./failure.ts";
import { toAnimation, toPicture, toSheet } from "./image.ts";
import { JobEvent, type ObservedEventOf, Progress } from "./job-event.ts";
import { Request } from "./job-request.ts";
import { Animation, Picture, Sheet } from "./picture.ts";
import { Job, Node } from "./refs.ts";
import { Webhook } from "./webhook.ts";

const PAGE = { default: 100, max: 500 };

const Warning = builder.objectRef<JobWarning>("Warning").implement({
  description: "A problem with the request that did not stop the job.",
  fields: (t) => ({
    code: t.expose("code", { type: WarningEnum, description: "The kind of warning, for programs." }),
    message: t.exposeString("message", { description: "For people. May change." }),
  }),
});

const Timing = builder.objectRef<StageTiming>("StageTiming").implement({
  description: "The duration of a stage.",
  fields: (t) => ({
    stage: t.exposeString("stage", { description: 'The stage, such as "prior" or "decoder".' }),
    milliseconds: t.exposeFloat("milliseconds", {
      description: "Duration in milliseconds, for all pictures of the job.",
    }),
  }),
});

/** Complexity of asking the queue. */
const POSITION_COST = 5;

Job.implement({
  description: "A request for pictures and its progress. An accepted job is never lost, and ends exactly once.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID("id", { description: "A permanent id." }),
    kind: t.field({
      type: KindEnum,
      description: "The mutation that created it.",
      resolve: ({ request }) => request.kind,
    }),
    status: t.expose("status", { type: StatusEnum, description: "The state of the job." }),
    provisioning: t.boolean({
      description: "Whether it waits for a machine that is starting.",
      resolve: (job) => !isTerminal(job) && job.events.at(-1)?.type === "PROVISIONING",
    }),
    position: t.int({
      nullable: true,
      complexity: POSITION_COST,
      description:
        "While it is queued: how many of the caller's own jobs are served before it. Null in other states, during the pause before a retry, and on AWS, whose queues do not say.",
      resolve: async (job, _, { tenant }) => (await tenant.position(job)) ?? null,
    }),
    request: t.expose("request", { type: Request, description: "The request, with defaults filled in." }),
    pictureCount: t.exposeInt("pictures", { description: "Number of pictures it will have." }),
    pictures: t.field({
      type: [Picture],
      complexity: { field: 1, multiplier: 16 },
      description: "The finished pictures, in order of `index`.",
      resolve: (job) => job.drawn.map((picture) => toPicture(job, picture)),
    }),
    sheet: t.field({
      type: Sheet,
      nullable: true,
      description: "A contact sheet of all pictures (PNG). Null unless the job succeeded with more than one picture.",
      resolve: toSheet,
    }),
    animation: t.field({
      type: Animation,
      nullable: true,
      description: "The animation. Null unless the job succeeded and its request had `animate`.",
      resolve: toAnimation,
    }),
    progress: t.field({
      type: Progress,
      nullable: true,
      description:
        "The latest progress event of the running attempt. Null before the first one, and if no attempt is running.",
      resolve: progressOf,
    }),
    events: t.field({
      type: [JobEvent],
      args: {
        after: t.arg.int({ defaultValue: 0, description: "Only events after this `seq`; 0 for all." }),
        first: t.arg.int({
          defaultValue: PAGE.default,
          description: `Maximum number of events, from 0 to ${PAGE.max}.`,
        }),
      },
      complexity: ({ first }) => ({ field: 1, multiplier: first ?? PAGE.default }),
      description:
        "The events so far, oldest first, for polling. To follow events as they happen, subscribe to `jobEvents`.",
      resolve: (record, { after, first }) => {
        const from = boundedInt("after", after ?? 0, 0, Number.MAX_SAFE_INTEGER);
        const page = record.events.slice(from, from + pageSize("first", first, PAGE));
        return page.map((event) => ({ event, record }));
      },
    }),
    attempt: t.exposeInt("attempt", { description: "Number of attempts begun; 0 before the first." }),
    failure: t.expose("failure", {
      type: Failure,
      nullable: true,
      description: "Why the job failed; null unless `status` is FAILED.",
    }),
    warnings: t.field({
      type: [Warning],
      complexity: { field: 1, multiplier: 2 },
      description: "Warnings found while drawing.",
      resolve: ({ warnings }) => [...warnings],
    }),
    timings: t.field({
      type: [Timing],
      complexity: { field: 1, multiplier: 5 },
      description: "The duration of each stage. Empty unless the job succeeded.",
      resolve: ({ timings }) => [...timings],
    }),
    webhook: t.expose("webhook", {
      type: Webhook,
      nullable: true,
      description: "The webhook that announces its end, and its delivery. Null if the request had none.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was accepted." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When it last changed." }),
    startedAt: t.expose("startedAt", {
      type: "DateTime",
      nullable: true,
      description: "When its first attempt began. Null before that.",
    }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true, description: "When it ended. Null before that." }),
    startBy: t.expose("startBy", { type: "DateTime", description: "It expires if no attempt has begun by then." }),
    endBy: t.expose("endBy", { type: "DateTime", description: "It expires if it has not ended by then." }),
  }),
});

function progressOf(record: JobRecord): ObservedEventOf<"PROGRESS"> | null {
  if (record.status !== "RUNNING") return null;
  const from = record.events.findLastIndex(({ type }) => type === "STARTED");
  const latest = record.events.slice(from).findLast((event): event is Extract<JobEventRecord, { type: "PROGRESS" }> => {
    return event.type === "PROGRESS";
  });
  return latest ? { event: latest, record } : null;
}

builder.queryFields((t) => ({
  job: t.field({
    type: Job,
    nullable: true,
    args: { id: t.arg.id({ required: true, description: "The job's id." }) },
    description: "The caller's job with this id, or null.",
    resolve: (_, { id }, { tenant }) => tenant.get(id),
  }),
}));

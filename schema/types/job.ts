import {
  type JobEvent as Event,
  isTerminal,
  type JobRecord,
  type JobWarning,
  type StageTiming,
} from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import { boundedInt } from "./arguments.ts";
import { KindEnum, StatusEnum, WarningEnum } from "./enums.ts";
import { Failure } from "./failure.ts";
import { Image, maybeSign, Picture, signed } from "./image.ts";
import { JobEvent, type ObservedEventOf, Progress } from "./job-event.ts";
import { Request } from "./job-request.ts";
import { Node } from "./node.ts";
import { Job } from "./refs.ts";
import { Webhook } from "./webhook.ts";

const PAGE = { default: 100, max: 500 };

const Warning = builder.objectRef<JobWarning>("Warning").implement({
  description: "Something about the request that the pictures do not show.",
  fields: (t) => ({
    code: t.expose("code", { type: WarningEnum, description: "What it is, for programs." }),
    message: t.exposeString("message", { description: "For people." }),
  }),
});

const Timing = builder.objectRef<StageTiming>("StageTiming").implement({
  description: "How long a stage took.",
  fields: (t) => ({
    stage: t.exposeString("stage", { description: "The network." }),
    milliseconds: t.exposeFloat("milliseconds", { description: "For all pictures of the job." }),
  }),
});

Job.implement({
  description: "A request for pictures, from its acceptance to its one end. Once accepted it is never lost.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID("id", { description: "Stays the same, and can be kept." }),
    kind: t.field({ type: KindEnum, description: "What it is.", resolve: ({ request }) => request.kind }),
    status: t.expose("status", { type: StatusEnum, description: "Where it stands." }),
    provisioning: t.boolean({
      description: "Whether it waits for a machine that is coming up.",
      resolve: (job) => !isTerminal(job) && job.events.at(-1)?.type === "PROVISIONING",
    }),
    request: t.expose("request", { type: Request, description: "What was asked for." }),
    pictureCount: t.exposeInt("pictures", { description: "How many pictures it will have." }),
    pictures: t.field({
      type: [Picture],
      complexity: { field: 1, multiplier: 16 },
      description: "The pictures that are finished, by index.",
      resolve: ({ drawn }) => drawn.map(signed),
    }),
    sheet: t.field({
      type: Image,
      nullable: true,
      description: "All pictures in one (PNG), when the job succeeded with more than one.",
      resolve: ({ sheet }) => maybeSign(sheet),
    }),
    animation: t.field({
      type: Image,
      nullable: true,
      description: "All pictures in motion, when the job succeeded and `animate` was asked for.",
      resolve: ({ animation }) => maybeSign(animation?.key),
    }),
    progress: t.field({
      type: Progress,
      nullable: true,
      description: "The newest step of the running attempt; null before the first and when no attempt runs.",
      resolve: progressOf,
    }),
    events: t.field({
      type: [JobEvent],
      args: {
        after: t.arg.int({ required: true, defaultValue: 0, description: "Only events past this `seq`." }),
        first: t.arg.int({
          required: true,
          defaultValue: PAGE.default,
          description: `At most so many, up to ${PAGE.max}.`,
        }),
      },
      complexity: ({ first }) => ({ field: 1, multiplier: first ?? PAGE.default }),
      description: "The log so far, oldest first: for those who poll. The subscription `jobEvents` follows it.",
      resolve: (record, { after, first }) => {
        const from = boundedInt("after", after, 0, Number.MAX_SAFE_INTEGER);
        const page = record.events.slice(from, from + boundedInt("first", first, 1, PAGE.max));
        return page.map((event) => ({ event, record }));
      },
    }),
    attempt: t.exposeInt("attempt", { description: "Attempts begun; 0 before the first." }),
    failure: t.expose("failure", { type: Failure, nullable: true, description: "Why the job FAILED; null otherwise." }),
    warnings: t.field({
      type: [Warning],
      complexity: { field: 1, multiplier: 2 },
      description: "What was found out while drawing.",
      resolve: ({ warnings }) => [...warnings],
    }),
    timings: t.field({
      type: [Timing],
      complexity: { field: 1, multiplier: 5 },
      description: "Where the time went, when the job succeeded.",
      resolve: ({ timings }) => [...timings],
    }),
    webhook: t.expose("webhook", {
      type: Webhook,
      nullable: true,
      description: "Where its end is told, and how that went.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was accepted." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When anything of it last changed." }),
    startedAt: t.expose("startedAt", {
      type: "DateTime",
      nullable: true,
      description: "When its first attempt began.",
    }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true, description: "When it was over." }),
    startBy: t.expose("startBy", { type: "DateTime", description: "It expires when no attempt has begun by then." }),
    endBy: t.expose("endBy", { type: "DateTime", description: "It expires when it is not over by then." }),
  }),
});

function progressOf(record: JobRecord): ObservedEventOf<"PROGRESS"> | null {
  if (record.status !== "RUNNING") return null;
  const from = record.events.findLastIndex(({ type }) => type === "STARTED");
  const event = record.events.slice(from).findLast((one): one is Extract<Event, { type: "PROGRESS" }> => {
    return one.type === "PROGRESS";
  });
  return event ? { event, record } : null;
}

builder.queryFields((t) => ({
  job: t.field({
    type: Job,
    nullable: true,
    args: { id: t.arg.id({ required: true, description: "The job's id." }) },
    description: "One of the caller's jobs; null when there is none of that id.",
    resolve: (_, { id }, { jobs, viewer }) => jobs.get(viewer.owner, id),
  }),
}));

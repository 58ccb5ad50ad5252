// The caller's jobs, newest first, as a Relay connection that goes forward only.
import type { JobRecord } from "../../infra/jobs/job.ts";
import type { JobPage } from "../../infra/ports.ts";
import { builder } from "../builder.ts";
import { badArgument, boundedInt } from "./arguments.ts";
import { StatusEnum } from "./enums.ts";
import { Job } from "./refs.ts";

const PAGE = { default: 20, max: 100 };

type Page = { readonly jobs: readonly JobRecord[]; readonly more: boolean; readonly begun: boolean };

const PageInfo = builder.objectRef<Page>("PageInfo").implement({
  description: "Where a page stands among all.",
  fields: (t) => ({
    hasNextPage: t.exposeBoolean("more", { description: "Whether there are items past this page." }),
    hasPreviousPage: t.exposeBoolean("begun", {
      description: "Whether `after` was given: this connection goes forward.",
    }),
    startCursor: t.string({
      nullable: true,
      description: "Cursor of the first item; null on an empty page.",
      resolve: ({ jobs }) => (jobs[0] ? cursorOf(jobs[0]) : null),
    }),
    endCursor: t.string({
      nullable: true,
      description: "Cursor of the last item: the next page's `after`.",
      resolve: ({ jobs }) => (jobs.length > 0 ? cursorOf(jobs.at(-1)!) : null),
    }),
  }),
});

const Edge = builder.objectRef<JobRecord>("JobEdge").implement({
  description: "A job in its place.",
  fields: (t) => ({
    cursor: t.string({ description: "Names the place, for `after`.", resolve: cursorOf }),
    node: t.field({ type: Job, description: "The job.", resolve: (job) => job }),
  }),
});

/** The page's size multiplies what is asked of each job once, at the field that leads here. */
const ONCE = { field: 0, multiplier: 1 };

const Connection = builder.objectRef<Page>("JobConnection").implement({
  description: "A page of jobs.",
  fields: (t) => ({
    edges: t.field({
      type: [Edge],
      complexity: ONCE,
      description: "The jobs with their cursors.",
      resolve: ({ jobs }) => [...jobs],
    }),
    nodes: t.field({ type: [Job], complexity: ONCE, description: "The jobs alone.", resolve: ({ jobs }) => [...jobs] }),
    pageInfo: t.field({ type: PageInfo, description: "Where this page stands.", resolve: (page) => page }),
  }),
});

builder.queryFields((t) => ({
  jobs: t.field({
    type: Connection,
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: PAGE.default,
        description: `At most so many, up to ${PAGE.max}.`,
      }),
      after: t.arg.string({ description: "The page after this cursor; the newest when left out." }),
      status: t.arg({
        type: [StatusEnum],
        description: "Only jobs in one of these states; all when left out or empty.",
      }),
    },
    complexity: ({ first }) => ({ field: 1, multiplier: first ?? PAGE.default }),
    description: "The caller's jobs, newest first.",
    resolve: async (_, { first, after, status }, { jobs, viewer }) => {
      const size = boundedInt("first", first, 1, PAGE.max);
      const found = await jobs.list(viewer.owner, {
        // One more than asked for tells whether there are more.
        first: size + 1,
        after: typeof after === "string" ? placeOf(after) : undefined,
        status: status?.length ? status : undefined,
      });
      return { jobs: found.slice(0, size), more: found.length > size, begun: typeof after === "string" };
    },
  }),
}));

function cursorOf({ createdAt, id }: JobRecord): string {
  return Buffer.from(`${createdAt}.${id}`).toString("base64url");
}

function placeOf(cursor: string): NonNullable<JobPage["after"]> {
  const [, createdAt, id] = /^(\d{1,15})\.([0-9a-z]{1,64})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (createdAt === undefined || id === undefined) throw badArgument("after", "is no cursor of this list");
  return { createdAt: Number(createdAt), id };
}

// The caller's jobs, newest first, as a forward-only Relay connection.
import type { JobRecord } from "../../infra/jobs/job.ts";
import type { JobPage } from "../../infra/ports.ts";
import { builder } from "../builder.ts";
import { badArgument, boundedInt } from "./arguments.ts";
import { StatusEnum } from "./enums.ts";
import { Job } from "./refs.ts";

const PAGE = { default: 20, max: 100 };

type Page = { readonly jobs: readonly JobRecord[]; readonly hasNext: boolean; readonly hasAfter: boolean };

const PageInfo = builder.objectRef<Page>("PageInfo").implement({
  description: "The position of a page in the list.",
  fields: (t) => ({
    hasNextPage: t.exposeBoolean("hasNext", { description: "Whether there are items after this page." }),
    hasPreviousPage: t.exposeBoolean("hasAfter", {
      description: "Whether `after` was given: this connection only pages forward.",
    }),
    startCursor: t.string({
      nullable: true,
      description: "Cursor of the first item; null if the page is empty.",
      resolve: ({ jobs }) => (jobs[0] ? toCursor(jobs[0]) : null),
    }),
    endCursor: t.string({
      nullable: true,
      description: "Cursor of the last item: pass it as `after` for the next page. Null if the page is empty.",
      resolve: ({ jobs }) => (jobs.length > 0 ? toCursor(jobs.at(-1)!) : null),
    }),
  }),
});

const Edge = builder.objectRef<JobRecord>("JobEdge").implement({
  description: "A job and its cursor.",
  fields: (t) => ({
    cursor: t.string({ description: "The position of the job in the list, for `after`.", resolve: toCursor }),
    node: t.field({ type: Job, description: "The job.", resolve: (job) => job }),
  }),
});

/** The field `jobs` already multiplies the cost of each job by the page's size. */
const NO_EXTRA_COST = { field: 0, multiplier: 1 };

const Connection = builder.objectRef<Page>("JobConnection").implement({
  description: "A page of jobs.",
  fields: (t) => ({
    edges: t.field({
      type: [Edge],
      complexity: NO_EXTRA_COST,
      description: "The jobs with their cursors.",
      resolve: ({ jobs }) => [...jobs],
    }),
    nodes: t.field({
      type: [Job],
      complexity: NO_EXTRA_COST,
      description: "The jobs without cursors.",
      resolve: ({ jobs }) => [...jobs],
    }),
    pageInfo: t.field({ type: PageInfo, description: "The position of this page.", resolve: (page) => page }),
  }),
});

builder.queryFields((t) => ({
  jobs: t.field({
    type: Connection,
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: PAGE.default,
        description: `Maximum number of jobs, from 1 to ${PAGE.max}.`,
      }),
      after: t.arg.string({ description: "Only jobs after this cursor. Default: starts with the newest." }),
      status: t.arg({
        type: [StatusEnum],
        description: "Only jobs in one of these states. Default, or if empty: all states.",
      }),
    },
    complexity: ({ first }) => ({ field: 1, multiplier: first ?? PAGE.default }),
    description: "The caller's jobs, newest first.",
    resolve: async (_, { first, after, status }, { tenant }) => {
      const size = boundedInt("first", first, 1, PAGE.max);
      const found = await tenant.list({
        // One extra shows whether there is a next page.
        first: size + 1,
        after: typeof after === "string" ? parseCursor(after) : undefined,
        status: status?.length ? status : undefined,
      });
      return { jobs: found.slice(0, size), hasNext: found.length > size, hasAfter: typeof after === "string" };
    },
  }),
}));

function toCursor({ createdAt, id }: JobRecord): string {
  return Buffer.from(`${createdAt}.${id}`).toString("base64url");
}

function parseCursor(cursor: string): NonNullable<JobPage["after"]> {
  const [, createdAt, id] = /^(\d{1,15})\.([0-9a-z]{1,64})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (createdAt === undefined || id === undefined) throw badArgument("after", "is not a cursor of this list");
  return { createdAt: Number(createdAt), id };
}

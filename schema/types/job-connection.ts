// The caller's jobs, newest first, as a Relay connection.
import type { JobRecord } from "../../infra/jobs/job.ts";
import type { JobCursor } from "../../infra/ports.ts";
import { builder } from "../builder.ts";
import { badArgument, pageSize } from "./arguments.ts";
import { KindEnum, StatusEnum } from "./enums.ts";
import { Job } from "./refs.ts";

const PAGE = { default: 20, max: 100 };

type JobPageValue = { readonly jobs: readonly JobRecord[]; readonly hasNext: boolean; readonly hasPrevious: boolean };

const PageInfo = builder.objectRef<JobPageValue>("PageInfo").implement({
  description: "The position of a page in the list.",
  fields: (t) => ({
    hasNextPage: t.exposeBoolean("hasNext", {
      description: "Whether there are items after this page. True if it was read backward, from `before`.",
    }),
    hasPreviousPage: t.exposeBoolean("hasPrevious", {
      description: "Whether there are items before this page. True if it was read forward, from `after`.",
    }),
    startCursor: t.string({
      nullable: true,
      description: "Cursor of the first item: pass it as `before` for the previous page. Null if the page is empty.",
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
    cursor: t.string({ description: "The position of the job in the list.", resolve: toCursor }),
    node: t.field({ type: Job, description: "The job.", resolve: (job) => job }),
  }),
});

/** The field `jobs` already multiplies the cost of each job by the page's size. */
const NO_EXTRA_COST = { field: 0, multiplier: 1 };

const Connection = builder.objectRef<JobPageValue>("JobConnection").implement({
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

const SIZE = `from 0 to ${PAGE.max}`;

builder.queryFields((t) => ({
  jobs: t.field({
    type: Connection,
    args: {
      first: t.arg.int({
        description: `The newest jobs of the list, ${SIZE}. Default: ${PAGE.default}, without \`last\`.`,
      }),
      after: t.arg.string({ description: "Only jobs after this cursor, which are older. Default, or if empty: all." }),
      last: t.arg.int({ description: `Instead of \`first\`: the oldest jobs of the list, ${SIZE}. The order stays.` }),
      before: t.arg.string({
        description: "Only jobs before this cursor, which are newer. Default, or if empty: all.",
      }),
      status: t.arg({
        type: [StatusEnum],
        description: "Only jobs in one of these states. Default, or if empty: all states.",
      }),
      kind: t.arg({ type: [KindEnum], description: "Only jobs of these mutations. Default, or if empty: all." }),
      starred: t.arg.boolean({
        description: "Only jobs with a starred picture; if false, only jobs without. Default: all.",
      }),
    },
    complexity: ({ first, last }) => ({ field: 1, multiplier: first ?? last ?? PAGE.default }),
    description: "The caller's jobs, newest first.",
    resolve: async (_, { first, after, last, before, status, kind, starred }, { tenant }): Promise<JobPageValue> => {
      if (typeof first === "number" && typeof last === "number") {
        throw badArgument("last", 'must not be given together with "first"');
      }
      const fromEnd = typeof last === "number";
      const size = fromEnd ? pageSize("last", last, PAGE) : pageSize("first", first, PAGE);
      const found = await tenant.list({
        // One extra shows whether there is another page.
        first: size + 1,
        after: parseCursor("after", after),
        before: parseCursor("before", before),
        fromEnd,
        status: status?.length ? status : undefined,
        kind: kind?.length ? kind : undefined,
        starred: starred ?? undefined,
      });
      const more = found.length > size;
      return fromEnd
        ? { jobs: found.slice(more ? 1 : 0), hasNext: Boolean(before), hasPrevious: more }
        : { jobs: found.slice(0, size), hasNext: more, hasPrevious: Boolean(after) };
    },
  }),
}));

function toCursor({ createdAt, id }: JobRecord): string {
  return Buffer.from(`${createdAt}.${id}`).toString("base64url");
}

/** Clients send "" for the cursor of an empty page. */
function parseCursor(name: string, cursor: string | null | undefined): JobCursor | undefined {
  if (!cursor) return undefined;
  const [, createdAt, id] = /^(\d{1,15})\.([0-9a-z]{1,64})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (createdAt === undefined || id === undefined) throw badArgument(name, "is not a cursor of this list");
  return { createdAt: Number(createdAt), id };
}

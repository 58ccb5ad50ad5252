import { GraphQLError } from "graphql";
import { formatPosition, parsePosition } from "../../infra/jobs/owner-position.ts";
import type { OwnerEvent } from "../../infra/jobs/watch-owner.ts";
import { builder } from "../builder.ts";
import type { Context } from "../context.ts";
import { EndOfStream, whileAuthorized } from "../server/while-authorized.ts";
import { badArgument, boundedInt } from "./arguments.ts";
import { JobEvent } from "./job-event.ts";

const JobEventEdge = builder.objectRef<OwnerEvent>("JobEventEdge").implement({
  description: "An event of one of the caller's jobs, and its place among the events of all of them.",
  fields: (t) => ({
    cursor: t.string({
      description:
        "To resume after a disconnect, pass the last one received as `after`. It grows with the number of active jobs.",
      resolve: ({ position }) => formatPosition(position),
    }),
    node: t.field({ type: JobEvent, description: "The event.", resolve: (event) => event }),
  }),
});

builder.subscriptionFields((t) => ({
  jobEvents: t.field({
    type: JobEvent,
    args: {
      id: t.arg.id({ required: true, description: "The job's id." }),
      after: t.arg.int({
        defaultValue: 0,
        description:
          "Only events with a higher `seq`; 0 for all. To resume after a disconnect, pass the last one received.",
      }),
    },
    description:
      "The events of a job: past events first, then new ones as they happen, each once. Completes after the job's last event.",
    subscribe: async (_, { id, after }, context) => {
      const from = boundedInt("after", after ?? 0, 0, Number.MAX_SAFE_INTEGER);
      const events = await context.watches.watch(id, from);
      if (!events) throw new GraphQLError("You have no job with this id.", { extensions: { code: "NOT_FOUND" } });
      return limited(events, context);
    },
    resolve: eventOf,
  }),
  events: t.field({
    type: JobEventEdge,
    args: {
      after: t.arg.string({
        description:
          "Only events after this cursor. By default, or if empty, the stream begins with all events of the jobs that are active.",
      }),
      since: t.arg({
        type: "DateTime",
        description:
          "Without `after`: also all events of the jobs created at this time or later. By default, in the last minute.",
      }),
    },
    description:
      "The events of all of the caller's jobs, over one connection: past events first, then new ones as they happen. Those of one job come in order. Each is sent at least once: after a reconnect, ignore those with a `seq` that you have seen. Never completes.",
    subscribe: async (_, { after, since }, context) => {
      const position = after ? parsePosition(after) : undefined;
      if (after && !position) throw badArgument("after", "is not a cursor of an event");
      return limited(await context.watches.watchAll({ after: position, since: since ?? undefined }), context);
    },
    resolve: eventOf,
  }),
}));

/** The stream while the caller's key is valid; it counts as one of the streams that the caller may have. */
async function limited<T>(events: AsyncGenerator<T, void, undefined>, { authorize, openStream }: Context) {
  return whileAuthorized(events, authorize, await openStream());
}

function eventOf<T>(event: T | EndOfStream): T {
  if (event instanceof EndOfStream) throw event.error;
  return event;
}

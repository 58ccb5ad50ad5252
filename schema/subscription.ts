import { GraphQLError } from "graphql";
import type { Sighting } from "../infra/jobs/watch.ts";
import { bounded } from "./bounds.ts";
import { builder } from "./builder.ts";
import { JobEvent } from "./event.ts";

builder.subscriptionFields((t) => ({
  jobEvents: t.field({
    type: JobEvent,
    args: {
      id: t.arg.id({ required: true, description: "The job's id." }),
      after: t.arg.int({
        required: true,
        defaultValue: 0,
        description: "Only events past this `seq`: the last one you saw, after a broken connection. 0 for all.",
      }),
    },
    description:
      "A job's log: first what happened, then what happens, each event once; it completes after the job's last event.",
    subscribe: async (_, { id, after }, { jobs, viewer }) => {
      const from = bounded("after", after, 0, Number.MAX_SAFE_INTEGER);
      const stop = new AbortController();
      const watch = await jobs.watch(viewer.owner, id, from, stop.signal);
      if (!watch) throw new GraphQLError("There is no such job of yours.", { extensions: { code: "NOT_FOUND" } });
      return stoppable(watch, stop);
    },
    resolve: (sighting) => sighting,
  }),
}));

/** A generator that waits hears of its `return` only when it wakes; the abort wakes it, so that no listener lingers. */
function stoppable(
  watch: AsyncGenerator<Sighting, void, undefined>,
  stop: AbortController,
): AsyncIterableIterator<Sighting> {
  return {
    next: () => watch.next(),
    return: () => {
      stop.abort();
      return watch.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

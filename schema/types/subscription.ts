import { GraphQLError } from "graphql";
import { builder } from "../builder.ts";
import { boundedInt } from "./arguments.ts";
import { JobEvent } from "./job-event.ts";

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
    subscribe: async (_, { id, after }, { watch, viewer }) => {
      const from = boundedInt("after", after, 0, Number.MAX_SAFE_INTEGER);
      const sightings = await watch(viewer.owner, id, from);
      if (!sightings) throw new GraphQLError("There is no such job of yours.", { extensions: { code: "NOT_FOUND" } });
      return sightings;
    },
    resolve: (sighting) => sighting,
  }),
}));

import { GraphQLError } from "graphql";
import { builder } from "../builder.ts";
import { EndOfStream, whileAuthorized } from "../server/while-authorized.ts";
import { withinLimits } from "../server/within-limits.ts";
import { boundedInt } from "./arguments.ts";
import { JobEvent } from "./job-event.ts";

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
    subscribe: async (_, { id, after }, { watch, authorize, limiter, tenant }) => {
      const from = boundedInt("after", after ?? 0, 0, Number.MAX_SAFE_INTEGER);
      const events = await watch(id, from);
      if (!events) throw new GraphQLError("You have no job with this id.", { extensions: { code: "NOT_FOUND" } });
      const close = withinLimits(() => limiter?.openStream(tenant.owner));
      return whileAuthorized(events, authorize, close);
    },
    resolve: (event) => {
      if (event instanceof EndOfStream) throw event.error;
      return event;
    },
  }),
}));

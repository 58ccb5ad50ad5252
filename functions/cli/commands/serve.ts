import { UnclipError } from "../../../models/errors.ts";
import type { Command } from "../command.ts";

export const serve: Command = {
  name: "serve",
  summary: "start the studio and the GraphQL API on this machine",
  usage: "",
  takes: { min: 0, max: 0, what: "no words" },
  options: [],
  about: `Serves the studio at http://127.0.0.1:4000, and GraphQL and GraphiQL at /graphql, until Ctrl-C. Jobs
and pictures are stored in the folder .unclip. Environment variables change this: PORT, HOST,
UNCLIP_DATA, UNCLIP_BUNDLE, UNCLIP_LOG and others, which docs/reference/configuration.md lists.`,
  examples: ["serve"],
  prepare: async () => ({
    alone: async (signal) => {
      await import("../../local/main.ts");
      // A signal that came before the server could handle it.
      if (signal.aborted) throw new UnclipError("CANCELED", "The server was stopped while it started.");
      // From here on, the server handles signals and ends the process.
      return new Promise<never>(() => {});
    },
  }),
};

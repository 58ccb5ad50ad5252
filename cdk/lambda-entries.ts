// The functions whose code travels as a zip, by their entry in functions/aws.

export type Entry = {
  /** In words, for whoever reads the list of functions in the console. */
  readonly description: string;
  /** MB; a vCPU for each 1,769. */
  readonly memory: number;
  readonly seconds: number;
};

export const ENTRIES = {
  // The HTTP API gives up after 30 s.
  graphql: { description: "GraphQL over HTTP", memory: 1_024, seconds: 29 },
  // Its streams end on their own before; a client goes on with `after:`.
  stream: { description: "GraphQL by server-sent events", memory: 512, seconds: 180 },
  socket: { description: "GraphQL over WebSocket: what clients send", memory: 1_024, seconds: 29 },
  fanout: { description: "GraphQL over WebSocket: what clients are sent", memory: 1_024, seconds: 60 },
  sweeper: { description: "What time alone does to jobs and webhooks", memory: 1_024, seconds: 55 },
  "dead-letter": { description: "Ends jobs whose messages died", memory: 512, seconds: 30 },
  webhook: { description: "Posts to webhooks", memory: 512, seconds: 60 },
  scaler: { description: "Starts workers with a GPU", memory: 512, seconds: 55 },
} as const satisfies Record<string, Entry>;

export type EntryName = keyof typeof ENTRIES;
export const ENTRY_NAMES = Object.keys(ENTRIES) as readonly EntryName[];

// The Lambda functions that are deployed as zip files, by their entry file in functions/aws.

type Entry = {
  /** Shown in the Lambda console. */
  readonly description: string;
  /** MB; Lambda gives one vCPU for each 1,769. */
  readonly memory: number;
  readonly seconds: number;
  /** Whether its failures have an alarm of their own (function.ts). */
  readonly alarm: boolean;
  /** Whether new code first gets a tenth of the calls (canary.ts); not where a call a minute is too few to tell. */
  readonly canary: boolean;
};

export const ENTRIES = {
  // API Gateway's integration timeout is 30 s.
  graphql: { description: "GraphQL over HTTP", memory: 1_024, seconds: 29, alarm: false, canary: true },
  // Streams end before this timeout; clients resume with `after:`.
  stream: { description: "GraphQL over server-sent events", memory: 512, seconds: 180, alarm: true, canary: true },
  socket: {
    description: "GraphQL over WebSocket: messages of clients",
    memory: 1_024,
    seconds: 29,
    alarm: false,
    canary: true,
  },
  fanout: {
    description: "GraphQL over WebSocket: delivery of events",
    memory: 1_024,
    seconds: 60,
    alarm: false,
    canary: true,
  },
  sweeper: {
    description: "Expires jobs, resends messages and schedules webhooks",
    memory: 1_024,
    seconds: 55,
    alarm: true,
    canary: false,
  },
  "dead-letter": {
    description: "Fails jobs whose messages reached the dead-letter queue",
    memory: 512,
    seconds: 30,
    alarm: false,
    canary: false,
  },
  webhook: { description: "Delivers webhooks", memory: 512, seconds: 60, alarm: false, canary: true },
  secrets: {
    description: "Completes the secrets at deployment",
    memory: 1_024,
    seconds: 60,
    alarm: false,
    canary: false,
  },
  scaler: { description: "Starts workers with a GPU", memory: 512, seconds: 55, alarm: true, canary: false },
} as const satisfies Record<string, Entry>;

export type EntryName = keyof typeof ENTRIES;
export const ENTRY_NAMES = Object.keys(ENTRIES) as readonly EntryName[];

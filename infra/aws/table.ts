// The one table, as plain data: the tests create it from this, and so does the CDK.
//
//   pk                    sk                            what
//   JOB#<id>              RECORD                        a job's record (item.ts)
//   JOB#<id>              SUB#<connection>#<operation>  what follows it over a WebSocket (connections.ts)
//   SOCKET#<connection>   SOCKET                        a WebSocket: who is there, and the jobs of its operations
//   KEY#<id>              KEY                           an API key, as its hash (key-store.ts)
//
// Rows of other kinds share the keys, the stream and the expiry. The indexes are sparse: a row is in one only while it
// has the attributes of its key, so rows of other kinds are in none.

/** How DynamoDB calls the types of keys: text and number. */
type Key = { readonly name: string; readonly type: "S" | "N" };

export type IndexDefinition = {
  readonly name: string;
  readonly partition: Key;
  readonly sort: Key;
  /** Attributes kept beside the keys. An index is written to, and paid for, only when one of them or a key changes. */
  readonly beside: readonly string[];
};

/** An owner's jobs by age. A row is written once and never moves. */
const byOwner: IndexDefinition = {
  name: "by-owner",
  partition: { name: "owner", type: "S" },
  sort: { name: "age", type: "S" },
  beside: [],
};

/** An owner's jobs of one state by age. QUEUED and RUNNING are one state here, so a row moves once. */
const byState: IndexDefinition = {
  name: "by-state",
  partition: { name: "ownerState", type: "S" },
  sort: { name: "age", type: "S" },
  beside: ["pictures"],
};

/** What time alone will change, of all owners, spread over WAKE_PARTITIONS. */
const byWake: IndexDefinition = {
  name: "by-wake",
  partition: { name: "wakePartition", type: "S" },
  sort: { name: "wakeAt", type: "N" },
  beside: [],
};

export const TABLE = {
  partition: { name: "pk", type: "S" } satisfies Key,
  sort: { name: "sk", type: "S" } satisfies Key,
  indexes: { byOwner, byState, byWake },
  /** Seconds since 1970, after which DynamoDB removes the row, within days. */
  expiry: "expiresAt",
  /** What the stream tells of each write. */
  stream: "NEW_IMAGE",
} as const;

/**
 * A partition takes 1,000 writes a second, and a heartbeat is two: out of the old place, into the new one. In a single
 * one, 5,000 running jobs would make the index hold the table's own writes back.
 */
export const WAKE_PARTITIONS = 8;

// The single table, as plain data. The tests and the CDK create it from this description.
//
//   pk                    sk                            content
//   JOB#<id>              RECORD                        a job's record (item.ts)
//   JOB#<id>              SUB#<connection>#<operation>  a subscription to the job over a WebSocket (connection-items.ts)
//   OWNER#<owner>         SUB#<connection>#<operation>  a subscription to all jobs of the owner
//   SOCKET#<connection>   SOCKET                        a WebSocket: its caller, and the topics of its operations
//   OWNER#<owner>         LIMIT#<limit>                 what an owner has used of a limit (caller-limiter.ts)
//   KEY#<id>              KEY                           an API key, as a hash (key-store.ts)
//
// All rows share the keys, the stream and the expiry. The indexes are sparse: only rows with an index's key attributes
// are in it: job records, and in the one by wake time also sockets that wait for connection_init.

/** DynamoDB's names for the types of keys: S is text, N is a number. */
type Key = { readonly name: string; readonly type: "S" | "N" };

export type IndexDefinition = {
  readonly name: string;
  readonly partition: Key;
  readonly sort: Key;
  /** Attributes stored in addition to the keys. An index is written and billed only when one of them or a key changes. */
  readonly projected: readonly string[];
};

/** An owner's jobs by age. A row never moves, and changes only when the job is starred. */
const byOwner: IndexDefinition = {
  name: "by-owner",
  partition: { name: "owner", type: "S" },
  sort: { name: "age", type: "S" },
  projected: ["kind", "starred"],
};

/** An owner's jobs by state and age. QUEUED and RUNNING are one state here, so a row moves only once. */
const byState: IndexDefinition = {
  name: "by-state",
  partition: { name: "ownerState", type: "S" },
  sort: { name: "age", type: "S" },
  projected: ["pictures", "kind", "starred"],
};

/** Records of all owners by wake time, spread over WAKE_PARTITIONS; those of active jobs apart from due webhooks. */
const byWake: IndexDefinition = {
  name: "by-wake",
  partition: { name: "wakePartition", type: "S" },
  sort: { name: "wakeAt", type: "N" },
  projected: ["owner"],
};

export const TABLE = {
  partition: { name: "pk", type: "S" } satisfies Key,
  sort: { name: "sk", type: "S" } satisfies Key,
  indexes: { byOwner, byState, byWake },
  /** Attribute with the time, in seconds since 1970, after which DynamoDB deletes the row, within days. */
  expiry: "expiresAt",
  /** The stream contains each row as it is after the write. */
  stream: "NEW_IMAGE",
} as const;

/**
 * A partition takes 1,000 writes a second, and a heartbeat needs two: it deletes a row and inserts one. With a single
 * partition, 5,000 running jobs would throttle the writes to the table itself.
 */
export const WAKE_PARTITIONS = 8;

// Writes to all three ports until it is killed. It prints each acknowledged write on a line of its own, at once.
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { openDatabase } from "../../../infra/local/database.ts";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { localQueue } from "../../../infra/local/queue.ts";
import { systemClock } from "../../../infra/ports.ts";
import { createRecord, nextVersion } from "../jobs/records.ts";
import { openBlobs } from "./blob-server.ts";

const folder = process.argv[2]!;
const database = openDatabase(folder);
const store = localJobStore(database);
const queue = localQueue(database, "jobs", systemClock);
const { blobs } = await openBlobs(folder, systemClock);

const print = (...words: readonly (string | number)[]) => void writeSync(1, `${words.join(" ")}\n`);

/** The same few keys again and again, so that most puts replace a blob. The bytes say which put they are of. */
async function draw(key: string): Promise<never> {
  for (let round = 1; ; round++) {
    await blobs.put(key, { bytes: Buffer.alloc(300_000, round), contentType: `image/${round}` });
    print("blob", key, round);
  }
}

async function work(): Promise<never> {
  for (;;) {
    const record = createRecord({ id: randomUUID() });
    await store.create(record);
    print("job", record.id, 1);
    await queue.send({ id: record.id }, { group: record.owner });
    print("sent", record.id);
    await store.replace(record, nextVersion(record, { status: "RUNNING" }));
    print("job", record.id, 2);
    const [message] = await queue.receive({ max: 1, waitSeconds: 0, visibilitySeconds: 600 });
    if (message === undefined) continue;
    if (Math.random() < 0.5) {
      await queue.changeVisibility(message.handle, 0);
      continue;
    }
    // Printed before the removal: a message that was removed, but whose removal was not printed, is not lost.
    print("removing", message.job.id);
    await queue.acknowledge(message.handle);
    print("removed", message.job.id);
  }
}

await Promise.all([...Array.from({ length: 4 }, work), draw("a"), draw("b")]);

import { expect, test } from "vitest";
import { openDatabase } from "../../../infra/local/database.ts";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { localQueue } from "../../../infra/local/queue.ts";
import { systemClock } from "../../../infra/ports.ts";
import { manualClock } from "../../support/jobs/records.ts";
import { openBlobs } from "../../support/local/blob-server.ts";
import { startChild } from "../../support/local/child.ts";
import { dataFolder } from "../../support/local/temporary-folder.ts";

/** The victim's output before it died, grouped by the first word. */
async function killAfter(folder: string, count: number): Promise<Record<string, Map<string, number>>> {
  const victim = startChild("killed-process.ts", folder);
  const output: Record<string, Map<string, number>> = {};
  let lines = 0;
  let killed: Promise<void> | undefined;
  for await (const line of victim.lines) {
    const [word, name, number] = line.split(" ") as [string, string, string?];
    output[word] = (output[word] ?? new Map()).set(name, Number(number ?? 1));
    // Each kind at least once.
    if (++lines >= count && output.blob) killed ??= victim.kill();
  }
  await killed;
  return output;
}

// At another moment each time; what is torn would be torn at some.
test.each([60, 300, 700])("kill -9 after %d acknowledged writes loses none of them", async (count) => {
  const folder = dataFolder();
  const { job, sent, removing, removed, blob } = await killAfter(folder, count);
  const database = openDatabase(folder);
  const store = localJobStore(database);
  // An hour later, when no message is hidden any more.
  const queue = localQueue(database, "jobs", manualClock(Date.now() + 3_600_000));
  const { blobs } = await openBlobs(folder, systemClock);

  expect(job!.size).toBeGreaterThan(5);
  for (const [id, version] of job!) expect((await store.get(id))!.version).toBeGreaterThanOrEqual(version);

  const left = new Set<string>();
  for (;;) {
    const messages = await queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 600 });
    if (messages.length === 0) break;
    for (const { job } of messages) left.add(job.id);
  }
  for (const id of sent!.keys()) if (!removing!.has(id)) expect(left).toContain(id);
  for (const id of removed!.keys()) expect(left).not.toContain(id);

  for (const [key, round] of blob!) {
    const { bytes, contentType } = (await blobs.get(key))!;
    const found = Number(contentType.slice("image/".length));
    expect(found).toBeGreaterThanOrEqual(round);
    expect(bytes.length).toBe(300_000);
    expect([...new Set(bytes)]).toEqual([found % 256]);
  }
  database.close();
});

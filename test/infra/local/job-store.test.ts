import { expect, test } from "vitest";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { contractOfJobStore } from "../../contracts/job-store.ts";
import { createRecord, nextVersion } from "../../support/jobs/records.ts";
import { closableDatabase, testDatabase } from "../../support/local/temporary-folder.ts";

contractOfJobStore("local", async () => {
  const { database, close } = closableDatabase();
  const damage = async (id: string) => {
    await database.write(() => database.run("UPDATE jobs SET record = substr(record, 1, 200) WHERE id = ?", id));
  };
  return { store: localJobStore(database), damage, close };
});

test.each([
  ["text that is not UTF-8", "CAST(x'7b22ff227d' AS TEXT)"],
  ["another record", "json_set(record, '$.owner', 'bob')"],
  ["an older version", "json_set(record, '$.version', 0)"],
  ["no object", "'null'"],
])("a record is damaged if it is %s, and is named once and stored for inspection", async (_, value) => {
  const database = testDatabase();
  const reports: string[] = [];
  const store = localJobStore(database, (action) => reports.push(action));
  const record = createRecord({ wakeAt: 1 });
  await store.create(record);
  await database.write(() => database.run(`UPDATE jobs SET record = ${value}`));
  expect(await store.due(1, 10)).toEqual([]);
  expect(await store.due(1, 10)).toEqual([]);
  expect(reports).toEqual([`reading job ${record.id}, which is set aside,`]);
  expect(database.rows("SELECT CAST(id AS BLOB) = CAST(? AS BLOB) AS same FROM damaged_jobs", record.id)).toEqual([
    { same: 1 },
  ]);
});

test("a damaged record that cannot be moved stops no query", async () => {
  const database = testDatabase();
  const reports: string[] = [];
  const store = localJobStore(database, (action) => reports.push(action));
  const [broken, sound] = [createRecord({ wakeAt: 1 }), createRecord({ wakeAt: 2 })];
  await store.create(broken);
  await store.create(sound);
  await database.write(() => {
    database.run("UPDATE jobs SET record = '{' WHERE id = ?", broken.id);
    database.run("DROP TABLE damaged_jobs");
  });
  expect(await store.due(2, 10)).toEqual([sound]);
  expect(reports).toEqual([`reading job ${broken.id}, which is set aside,`, "setting jobs aside"]);
});

test("listeners get every committed write with its record", async () => {
  const database = testDatabase();
  const store = localJobStore(database);
  const record = createRecord();
  const notified: (JobRecord | undefined)[][] = [[], []];
  const committed: boolean[] = [];
  const [stop] = notified.map((list) => store.listen(record.id, (received) => list.push(received)));
  store.listen(record.id, (received) => {
    const [row] = database.rows<{ version: number }>("SELECT version FROM jobs WHERE id = ?", record.id);
    committed.push(row?.version === received?.version);
  });
  const next = nextVersion(record);
  await store.create(record);
  await store.create(record);
  await store.replace(record, next);
  await store.replace(record, nextVersion(record, { status: "FAILED" }));
  stop!();
  const last = nextVersion(next);
  await store.replace(next, last);
  expect(notified).toEqual([
    [record, next],
    [record, next, last],
  ]);
  expect(committed).toEqual([true, true, true]);
});

test("the same function can be registered and removed twice as a listener", async () => {
  const store = localJobStore(testDatabase());
  const record = createRecord();
  let notified = 0;
  const count = () => void notified++;
  const stop = store.listen(record.id, count);
  store.listen(record.id, count);
  stop();
  stop();
  await store.create(record);
  expect(notified).toBe(1);
});

test("a record that DynamoDB would refuse is refused", async () => {
  const store = localJobStore(testDatabase());
  const record = createRecord({ fingerprint: "f".repeat(410_000) });
  await expect(store.create(record)).rejects.toThrow("A record has at most 409600 bytes");
  expect(await store.get(record.id)).toBeUndefined();
});

test("due returns all records for an unlimited query", async () => {
  const store = localJobStore(testDatabase());
  await Promise.all([3, 1, 2].map((wakeAt) => store.create(createRecord({ wakeAt, id: `${wakeAt}` }))));
  const due = await store.due(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  expect(due.map(({ id }) => id)).toEqual(["1", "2", "3"]);
});

test("get never returns an outdated or deleted record", async () => {
  const store = localJobStore(testDatabase());
  const record = createRecord({ status: "FAILED", endedAt: 1 });
  const next = nextVersion(record);
  await store.create(record);
  expect([await store.get(record.id), await store.get(record.id)]).toEqual([record, record]);
  await store.replace(record, next);
  expect(await store.get(record.id)).toEqual(next);
  await store.forget(2, 1);
  expect(await store.get(record.id)).toBeUndefined();
});

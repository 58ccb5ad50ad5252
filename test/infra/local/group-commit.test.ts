import { expect, test } from "vitest";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { createRecord } from "../../support/jobs/records.ts";
import { closableDatabase, testDatabase } from "../../support/local/temporary-folder.ts";

const insert = "INSERT INTO turns (queue, turn) VALUES (?, ?)";
const queues = "SELECT unicode(queue) AS letter FROM turns ORDER BY queue";

test("writes of one event-loop turn share a commit", async () => {
  const database = testDatabase();
  const store = localJobStore(database);
  const created = await Promise.all(Array.from({ length: 200 }, () => store.create(createRecord())));
  expect(created.every(Boolean)).toBe(true);
  expect(database.count).toBe(1);
});

test("writes that start when others resolve share the next commit", async () => {
  const database = testDatabase();
  const store = localJobStore(database);
  const client = async () => {
    for (let each = 0; each < 5; each++) await store.create(createRecord());
  };
  await Promise.all(Array.from({ length: 20 }, client));
  expect(database.count).toBe(5);
});

test("a write that throws rolls back only itself", async () => {
  const database = testDatabase();
  const settled = await Promise.allSettled([
    database.write(() => database.run(insert, "a", 1)),
    database.write(() => {
      database.run(insert, "b", 1);
      throw new Error("changed its mind");
    }),
    database.write(() => database.run(insert, "a", 2)),
    database.write(() => database.run(insert, "c", 1)),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect((settled[1] as PromiseRejectedResult).reason.message).toBe("changed its mind");
  expect((settled[2] as PromiseRejectedResult).reason.code).toBe("SQLITE_CONSTRAINT_PRIMARYKEY");
  expect(database.rows(queues)).toEqual([{ letter: 97 }, { letter: 99 }]);
  expect(database.count).toBe(1);
});

test("a failed transaction rejects all its writes, and the next one works", async () => {
  const database = testDatabase();
  const settled = await Promise.allSettled([
    database.write(() => database.run(insert, "a", 1)),
    // SQLite does this by itself when the disk is full.
    database.write(() => {
      database.run("ROLLBACK");
      throw new Error("disk full");
    }),
    database.write(() => database.run(insert, "b", 1)),
  ]);
  expect(settled.map((each) => (each as PromiseRejectedResult).reason.message)).toEqual(Array(3).fill("disk full"));
  await database.write(() => database.run(insert, "c", 1));
  expect(database.rows(queues)).toEqual([{ letter: 99 }]);
});

test("nothing is visible or resolved before the commit", async () => {
  const database = testDatabase();
  let answered = false;
  const writing = database.write(() => database.run(insert, "a", 1)).then(() => (answered = true));
  await Promise.resolve();
  expect(database.rows(queues)).toEqual([]);
  expect(answered).toBe(false);
  await writing;
  expect(database.rows(queues)).toEqual([{ letter: 97 }]);
});

test("close commits waiting writes and rejects later ones", async () => {
  const { database, close } = closableDatabase();
  const last = database.write(() => database.run(insert, "a", 1));
  const closed = close();
  expect(await last).toBe(1);
  await closed;
  await expect(database.write(() => 1)).rejects.toThrow("closed");
});

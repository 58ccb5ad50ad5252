import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect, toText } from "../../../infra/local/connection.ts";
import { DataFolderError } from "../../../infra/local/data-folder.ts";
import { openDatabase } from "../../../infra/local/database.ts";
import { migrate } from "../../../infra/local/tables.ts";
import { startChild } from "../../support/local/child.ts";
import { dataFolder } from "../../support/local/temporary-folder.ts";

async function firstLine(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return line;
  throw new Error("The child said nothing");
}

function refusal(open: () => unknown): DataFolderError {
  try {
    open();
  } catch (error) {
    if (error instanceof DataFolderError) return error;
    throw error;
  }
  throw new Error("It was not refused");
}

test("the data folder is locked against this and other processes until it is closed", async () => {
  const folder = join(dataFolder(), "deep", "down");
  const database = openDatabase(folder);
  const { code, message, pid } = refusal(() => openDatabase(folder));
  expect({ code, message, pid }).toEqual({
    code: "IN_USE",
    message: `${folder} is in use by process ${process.pid}`,
    pid: process.pid,
  });
  const other = startChild("lock-holder.ts", folder);
  expect(JSON.parse(await firstLine(other.lines))).toEqual({ code, message, pid });
  // The refused attempts did not release the lock (closing a file drops all POSIX locks of a process on it).
  expect(refusal(() => openDatabase(folder)).pid).toBe(process.pid);
  await database.write(() => database.run("INSERT INTO turns VALUES ('a', 1)"));
  database.close();
  expect(readdirSync(folder)).toEqual(["unclip.db"]);
  const again = openDatabase(folder);
  expect(again.rows("SELECT turn FROM turns")).toEqual([{ turn: 1 }]);
  again.close();
});

test("the data folder is unlocked when its process is killed", async () => {
  const folder = dataFolder();
  const child = startChild("lock-holder.ts", folder);
  expect(await firstLine(child.lines)).toBe("open");
  expect(refusal(() => openDatabase(folder)).pid).toBe(child.pid);
  await child.kill();
  expect(existsSync(join(folder, "unclip.pid"))).toBe(true);
  openDatabase(folder).close();
});

test("an error without a process id is given if the holder is unknown", () => {
  const folder = dataFolder();
  const database = openDatabase(folder);
  rmSync(join(folder, "unclip.pid"));
  const { message, pid } = refusal(() => openDatabase(folder));
  expect(message).toBe(`${folder} is in use by another process`);
  expect(pid).toBeUndefined();
  database.close();
});

test("the data folder is private to its owner", () => {
  const folder = join(dataFolder(), "data");
  openDatabase(folder).close();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("the database uses WAL and synchronous commits", () => {
  const database = openDatabase(dataFolder());
  expect(database.rows("PRAGMA synchronous")).toEqual([{ synchronous: 2 }]);
  expect(database.rows("PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
  database.close();
});

test("a database of a later release is left unchanged", () => {
  const folder = dataFolder();
  openDatabase(folder).close();
  const connection = connect(join(folder, "unclip.db"));
  connection.script("PRAGMA user_version = 99");
  connection.close();
  const { code, message } = refusal(() => openDatabase(folder));
  expect({ code, message }).toEqual({
    code: "TOO_NEW",
    message: `${folder} was written by a later release of unclip`,
  });
  expect(refusal(() => openDatabase(folder)).code).toBe("TOO_NEW");
});

test("each migration runs once, and a failing one has no effect", () => {
  const connection = connect(join(dataFolder(), "a.db"));
  const steps = ["CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"];
  const rows = () => connection.rows<{ x: number }>("SELECT x FROM a").map(({ x }) => x);
  expect(migrate(connection, steps.slice(0, 1))).toBe(true);
  expect(migrate(connection, steps)).toBe(true);
  expect(migrate(connection, steps)).toBe(true);
  expect(rows()).toEqual([1]);
  expect(() => migrate(connection, [...steps, "INSERT INTO a VALUES (2); INSERT INTO b VALUES (3)"])).toThrow("b");
  expect(connection.inTransaction).toBe(true);
  connection.script("ROLLBACK");
  expect(rows()).toEqual([1]);
  expect(migrate(connection, steps.slice(0, 1))).toBe(false);
  connection.close();
});

test("texts are selected as blobs, because the driver aborts the process at a text that is not UTF-8", () => {
  const connection = connect(":memory:");
  connection.script("CREATE TABLE a (x TEXT); INSERT INTO a VALUES (CAST(x'41ff' AS TEXT))");
  expect(() => connection.rows("SELECT x FROM a")).toThrow("must be selected as a blob");
  const [row] = connection.rows<{ x: ArrayBuffer }>("SELECT CAST(x AS BLOB) AS x FROM a");
  expect(() => toText(row!.x)).toThrow(TypeError);
  connection.close();
});

/** A closed database with some rows. */
function written(): { folder: string; file: string } {
  const folder = dataFolder();
  const database = openDatabase(folder);
  database.close();
  const file = join(folder, "unclip.db");
  const connection = connect(file);
  connection.script("CREATE TABLE big (x TEXT)");
  for (let i = 0; i < 200; i++) connection.run("INSERT INTO big VALUES (?)", "x".repeat(1_000));
  connection.close();
  return { folder, file };
}

test.each<[string, (bytes: Buffer) => Buffer]>([
  ["no database", () => Buffer.from("not a database, but a text".repeat(100))],
  ["truncated", (bytes) => bytes.subarray(0, 50_000)],
  ["overwritten with zeros", (bytes) => bytes.fill(0, 4_096, 40_000)],
  ["overwritten with noise", (bytes) => bytes.fill("\xff\x07\x80", 4_096, 60_000, "latin1")],
])("a database that is %s is refused in one sentence before it is used", (_, change) => {
  const { folder, file } = written();
  writeFileSync(file, change(readFileSync(file)));
  const { code, message } = refusal(() => openDatabase(folder));
  expect(code).toBe("DAMAGED");
  expect(message).toContain(`${file} is damaged (`);
  expect(message).toContain("Restore a backup");
  expect(message).not.toContain("\n");
});

test("a folder that is a file is refused in one sentence", () => {
  const file = join(dataFolder(), "file");
  writeFileSync(file, "");
  for (const folder of [file, join(file, "data")]) {
    expect(refusal(() => openDatabase(folder))).toMatchObject({
      code: "UNUSABLE",
      message: `The data folder ${folder} is not a folder.`,
    });
  }
});

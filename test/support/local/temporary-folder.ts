import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Database, openDatabase } from "../../../infra/local/database.ts";

/** A data folder that is deleted after the test. */
export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "unclip-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database that is deleted after the test. */
export function testDatabase(): Database {
  const folder = dataFolder();
  const database = openDatabase(folder);
  onTestFinished(() => database.close());
  return database;
}

/** For contracts, which say themselves when they are done. */
export function closableDatabase(): { database: Database; folder: string; close: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), "unclip-"));
  const database = openDatabase(folder);
  const close = async () => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { database, folder, close };
}

// The folder that holds everything of one server: database, blobs, keys and the signing secret.
import { mkdirSync } from "node:fs";

/**
 * IN_USE: opened by another process, or a second time by this one. TOO_NEW: written by a later release. DAMAGED: a file
 * cannot be read. UNUSABLE: the folder cannot be created, read or written. The message is one sentence for the operator.
 */
type DataFolderCode = "IN_USE" | "TOO_NEW" | "DAMAGED" | "UNUSABLE";

export class DataFolderError extends Error {
  readonly code: DataFolderCode;
  readonly folder: string;
  /** The process that uses the folder, if known. */
  readonly pid: number | undefined;

  constructor(code: DataFolderCode, folder: string, message: string, details: ErrorOptions & { pid?: number } = {}) {
    super(message, details);
    this.name = "DataFolderError";
    this.code = code;
    this.folder = folder;
    this.pid = details.pid;
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOTDIR: "is not a folder",
  EEXIST: "is not a folder",
  EACCES: "cannot be accessed: permission denied",
  EPERM: "cannot be accessed: permission denied",
  EROFS: "is on a read-only file system",
  ENOSPC: "is on a file system without free space",
  SQLITE_READONLY: "is read-only",
  SQLITE_CANTOPEN: "cannot be opened",
  SQLITE_FULL: "is on a file system without free space",
};

/** Runs `act`, and turns errors of the file system into DataFolderError UNUSABLE. */
export function withFolderErrors<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const problem = PROBLEMS[(cause as NodeJS.ErrnoException).code ?? ""];
    if (problem === undefined) throw cause;
    throw new DataFolderError("UNUSABLE", folder, `The data folder ${folder} ${problem}.`, { cause });
  }
}

/** Creates the folder if it does not exist. Returns the topmost folder that it created, if any. Throws DataFolderError. */
export function createDataFolder(folder: string): string | undefined {
  return withFolderErrors(folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
}

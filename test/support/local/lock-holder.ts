// Opens the data folder, prints the outcome and stays alive, holding the lock.
import type { DataFolderError } from "../../../infra/local/data-folder.ts";
import { openDatabase } from "../../../infra/local/database.ts";

try {
  openDatabase(process.argv[2]!);
  process.stdout.write("open\n");
  setInterval(() => {}, 1_000);
} catch (error) {
  const { code, message, pid } = error as DataFolderError;
  process.stdout.write(`${JSON.stringify({ code, message, pid })}\n`);
}

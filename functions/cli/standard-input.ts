// Standard input, which "-" stands for. readArguments allows one "-" in a command, because it can be read only once.
import { buffer } from "node:stream/consumers";
import { usageError } from "./arguments.ts";

/** All bytes until the end. `what` is a noun for messages: "a picture". */
export async function readStandardInput(what: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(await buffer(process.stdin));
  if (bytes.length === 0) throw usageError(`- reads ${what} from standard input, which is empty`);
  return bytes;
}

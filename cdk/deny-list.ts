// The deny list travels with the code of the functions.
import { copyFileSync, cpSync } from "node:fs";
import path from "node:path";
import { FileSystem } from "aws-cdk-lib";

/** File name beside the code, in a function's working directory. */
export const DENY_LIST = "deny-list.txt";

/** Copies a folder of code into a temporary folder, adds the deny list, and returns that folder. */
export function addDenyList(code: string, denyList: string): string {
  const folder = FileSystem.mkdtemp("unclip-code-");
  cpSync(code, folder, { recursive: true });
  copyFileSync(denyList, path.join(folder, DENY_LIST));
  return folder;
}

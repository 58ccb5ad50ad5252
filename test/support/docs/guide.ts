// The server that a page of the guide is followed with, and the picture that its programs read.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { encodePng } from "../../../models/tensor/picture.ts";
import { zeros } from "../../../models/tensor/tensor.ts";
import { freePort } from "../listen.ts";
import { startOn } from "../local/start.ts";
import { dataFolder } from "../local/temporary-folder.ts";
import { followSteps, type Reader, type Step } from "./follow-page.ts";

/** Follows steps of a page in a folder. Returns what each command printed. */
export async function followGuide(steps: readonly Step[], { folder, run }: Pick<Reader, "folder" | "run">) {
  writeFileSync(path.join(folder, "photo.png"), await encodePng(zeros([1, 3, 64, 64])));
  const server = await startOn(dataFolder(), { webhookNetworks: "loopback" });
  onTestFinished(() => server.close());
  const replaced = { "127.0.0.1:4000": new URL(server.url).host, "3000": String(await freePort()) };
  return followSteps(steps, { folder, run, replaced });
}

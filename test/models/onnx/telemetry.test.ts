// ONNX Runtime's telemetry in threads. What it would write and send: test/functions/telemetry.test.ts.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { TINY } from "../../support/models/tiny-bundle.ts";

const LOADER = new URL("../../../models/tsx-loader.mjs", import.meta.url);
const THREAD = new URL("../../support/models/open-in-thread.ts", import.meta.url);

/** What `openUnclip` gives in a thread of the caller's own, with this environment. */
async function openedInThread(env: NodeJS.ProcessEnv): Promise<string> {
  const worker = new Worker(LOADER, { env, argv: [THREAD.href], execArgv: [], workerData: { folder: TINY } });
  const [opened] = await once(worker, "message");
  await worker.terminate();
  return opened;
}

test("a thread whose environment lacks the variable cannot turn telemetry off, so it refuses", async () => {
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  expect(await openedInThread(env)).toMatch(/^INTERNAL: .*lacks ORT_DISABLE_TELEMETRY=1.*openUnclipInWorker/);
});

test("a thread that started with the variable opens a bundle", async () => {
  expect(await openedInThread({ ...process.env, ORT_DISABLE_TELEMETRY: "1" })).toBe("opened");
});

// OpenAI's own clients, unmodified, against the server with another base URL. Each is installed in a folder of its own
// (install_clients in .ci/lib.sh); without it, its test is skipped.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { startOn } from "../support/local/start.ts";
import { dataFolder } from "../support/local/temporary-folder.ts";

const run = promisify(execFile);

const CLIENTS = [
  ["openai-node", "node_modules/openai", process.execPath, "images.mjs"],
  ["openai-python", ".venv/bin/python", "test/clients/openai-python/.venv/bin/python", "images.py"],
] as const;

for (const [name, installed, program, script] of CLIENTS) {
  const folder = path.join("test/clients", name);
  test.skipIf(!existsSync(path.join(folder, installed)))(
    `${name} draws, varies and understands a refusal`,
    async () => {
      const data = dataFolder();
      const running = await startOn(data);
      onTestFinished(() => running.close());
      const { stdout } = await run(program, [path.join(folder, script), `${running.url}/v1`, path.join(data, "a.png")]);
      expect(JSON.parse(stdout)).toEqual({
        pictures: 2,
        png: "PNG",
        varied: "PNG",
        refusal: { name: "BadRequestError", status: 400, param: "size" },
      });
    },
  );
}

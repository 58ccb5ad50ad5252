import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbedder } from "../../../functions/embedder.ts";
import { systemClock } from "../../../infra/ports.ts";
import { embedderContract } from "../../contracts/embedder.ts";
import { openBlobs } from "../../support/local/blob-server.ts";

embedderContract("a server", async (engine) => {
  const folder = mkdtempSync(join(tmpdir(), "unclip-"));
  const { blobs } = await openBlobs(folder, systemClock);
  const close = () => rmSync(folder, { recursive: true });
  return { blobs, embedder: createEmbedder(engine, blobs), close };
});

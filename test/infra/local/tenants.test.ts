import { join } from "node:path";
import { blobSigner } from "../../../infra/local/blob-signer.ts";
import { localBlobs } from "../../../infra/local/blobs.ts";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { contractOfTenants } from "../../contracts/tenants.ts";
import { closableDatabase } from "../../support/local/temporary-folder.ts";

contractOfTenants("local", 400, async (clock) => {
  const { database, folder, close } = closableDatabase();
  const signer = blobSigner({ secret: Buffer.alloc(32), baseUrl: "http://unclip.test", clock });
  const blobs = await localBlobs(join(folder, "blobs"), signer, clock);
  return { store: localJobStore(database), blobs, close };
});

import { localJobStore } from "../../../infra/local/job-store.ts";
import { contractOfOwnerEvents } from "../../contracts/owner-events.ts";
import { closableDatabase } from "../../support/local/temporary-folder.ts";

contractOfOwnerEvents("local", async () => {
  const { database, close } = closableDatabase();
  return { store: localJobStore(database), close };
});

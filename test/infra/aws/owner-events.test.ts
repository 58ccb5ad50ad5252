import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { DAY_MS } from "../../../infra/jobs/keys.ts";
import { contractOfOwnerEvents } from "../../contracts/owner-events.ts";
import { dynamo, newTable, onMoto } from "../../support/aws/moto-resources.ts";

onMoto("the events of all jobs in DynamoDB", () => {
  contractOfOwnerEvents("AWS, on moto", async () => ({
    store: awsJobStore(dynamo, { table: await newTable(), retentionMs: 30 * DAY_MS }),
    close: async () => {},
  }));
});

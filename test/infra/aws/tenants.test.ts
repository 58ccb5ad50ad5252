import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { DAY_MS } from "../../../infra/jobs/keys.ts";
import { contractOfTenants } from "../../contracts/tenants.ts";
import { dynamo, newBucket, newTable, onMoto, s3 } from "../../support/aws/moto-resources.ts";

onMoto("tenants on AWS", () => {
  contractOfTenants("AWS, on moto", 150, async () => ({
    store: awsJobStore(dynamo, { table: await newTable(), retentionMs: 30 * DAY_MS }),
    blobs: awsBlobs(s3, await newBucket()),
    close: async () => {},
  }));
});

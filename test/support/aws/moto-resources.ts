// Clients of moto's server and resources on it.
import { beforeAll, describe, inject } from "vitest";
import { clientsOf, placeOf, untilResponding } from "./moto-clients.ts";
import { createBucket, createQueue, createTable } from "./resources.ts";

/** Longer than untilResponding waits. */
const PATIENCE_MS = 70_000;

export const moto = inject("moto");
/** Region and endpoint of the clients in these tests. */
export const place = placeOf(moto);
export const { dynamo, dynamoSdk, sqs, s3 } = clientsOf(moto);

/** Tests that need moto's server: skipped, and said so by moto.ts, where it is not installed. */
export function onMoto(name: string, tests: () => void): void {
  describe.skipIf(moto === undefined)(name, () => {
    beforeAll(() => untilResponding(moto!), PATIENCE_MS);
    tests();
  });
}

export const newTable = () => createTable(dynamoSdk);
export const newQueue = () => createQueue(sqs);
export const newBucket = () => createBucket(s3);

import { expect, test } from "vitest";
import { deleteOwner } from "../../../infra/jobs/deletion.ts";
import { uploadKey } from "../../../infra/jobs/keys.ts";
import { generate } from "../../support/jobs/builders.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";

test("deleting an owner leaves nothing of theirs, and other owners' jobs and uploads as they are", async () => {
  const service = new InMemoryService();
  const { store, blobs } = service.ports;
  const submit = (owner: string, seed: number) => service.submit({ owner, quota: 1_000, request: generate({ seed }) });
  // More than one page of the list.
  for (let seed = 0; seed < 130; seed++) await submit("ada", seed);
  const kept = await submit("bob", 1);
  const png = { bytes: Uint8Array.of(1), contentType: "image/png" };
  for (const owner of ["ada", "bob", "ada2"]) await blobs.put(uploadKey(owner, "one"), png);
  const clock = { now: () => Date.now() };
  expect(await deleteOwner("ada", { store, blobs, clock })).toBe(130);
  expect(await store.list("ada", { first: 10 })).toEqual([]);
  expect(await blobs.get(uploadKey("ada", "one"))).toBeUndefined();
  expect((await store.list("bob", { first: 10 })).map(({ id }) => id)).toEqual([kept]);
  for (const owner of ["bob", "ada2"]) expect(await blobs.get(uploadKey(owner, "one"))).toEqual(png);
  expect(await deleteOwner("ada", { store, blobs, clock })).toBe(0);
});

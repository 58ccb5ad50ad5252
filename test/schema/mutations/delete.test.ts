// What an owner deletes or stars: what is gone afterwards, what stays, and who may do it.
import { beforeEach, expect, test } from "vitest";
import { stagesFingerprint } from "../../../infra/jobs/deletion.ts";
import { stageCacheKey } from "../../../infra/jobs/keys.ts";
import { embedding, PNG, picture, Service } from "../../support/schema/service.ts";

let service: Service;
beforeEach(() => {
  service = new Service();
});

const RESULT = "__typename ... on Deleted { deletedId } ... on Error { code message } ... on InvalidInput { field }";
const DELETE_JOB = `mutation ($id: ID!) { deleteJob(id: $id) { ${RESULT} } }`;
const DELETE_PICTURE = `mutation ($id: ID!) { deletePicture(id: $id) { ${RESULT} } }`;
const SET_STARRED = `mutation ($id: ID!, $starred: Boolean!) { setStarred(id: $id, starred: $starred) {
  __typename ... on Picture { id starred } ... on Error { code } } }`;
const JOB = `query ($id: ID!) { job(id: $id) { status pictures { id starred } sheet { id } animation { id }
  events { ... on PictureReady { picture { id } } } } }`;
const notFound = { __typename: "NotFound", code: "NOT_FOUND" };

/** The keys of everything that a job may store. */
async function keysOf(id: string): Promise<string[]> {
  const stages = stagesFingerprint((await service.store.get(id))!);
  const files = ["0.png", "1.png", "sheet.png", "animation.webp"].map((name) => `pictures/${id}/${name}`);
  return [...files, `previews/${id}/decoder-0-1.png`, stageCacheKey(stages, "bundle", "decoder/0")];
}

const put = (key: string) => service.blobs.put(key, { bytes: PNG, contentType: "image/png" });

/** A job of two pictures that ended, with all its files. */
async function drawn(): Promise<string> {
  const id = await service.job({ seed: service.now % 1e9 });
  for (const key of await keysOf(id)) await put(key);
  const attempt = await service.attempt(id);
  const animation = { key: `pictures/${id}/animation.webp`, format: "webp" } as const;
  const finish = { sheet: `pictures/${id}/sheet.png`, animation, warnings: [], timings: [] };
  await attempt.succeed([picture(id, 0), picture(id, 1)], finish);
  return id;
}

test("deleteJob leaves nothing of a job, and other jobs and uploads as they are", async () => {
  const [id, other, upload] = [await drawn(), await drawn(), await service.upload()];
  const kept = [...(await keysOf(other)), `uploads/ada/${upload}`];
  expect(await service.get(DELETE_JOB, { id })).toEqual({ __typename: "Deleted", deletedId: id });
  expect(await service.get(JOB, { id })).toBeNull();
  expect([...service.store.records.keys()]).toEqual([other]);
  expect([...service.blobs.blobs.keys()].sort()).toEqual(kept.sort());
  expect(await service.get(DELETE_JOB, { id })).toMatchObject(notFound);
});

test("deleteJob cancels a job that runs; its worker deletes what it stored afterwards", async () => {
  const id = await service.job();
  const attempt = await service.attempt(id);
  await service.get(DELETE_JOB, { id });
  expect(await attempt.addPicture(picture(id, 0))).toBe(false);
  expect(service.store.records.size).toBe(0);
});

test("a subscription to a deleted job ends", async () => {
  const id = await service.job();
  const events = (await service.jobs.of("ada").watch(id, 1))!;
  const next = events.next();
  await service.get(DELETE_JOB, { id });
  expect((await next).value?.event.type ?? "ENDED").toMatch(/CANCELED|ENDED/);
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test("deletePicture deletes the picture and what shows it, and keeps the others", async () => {
  const id = await drawn();
  expect(await service.get(DELETE_PICTURE, { id: `${id}-0` })).toEqual({ __typename: "Deleted", deletedId: `${id}-0` });
  expect([...service.blobs.blobs.keys()]).toEqual([`pictures/${id}/1.png`]);
  expect(await service.get(JOB, { id })).toEqual({
    status: "SUCCEEDED",
    pictures: [{ id: `${id}-1`, starred: false }],
    sheet: null,
    animation: null,
    events: [{}, {}, { picture: null }, { picture: { id: `${id}-1` } }, {}],
  });
  expect(await service.get(DELETE_PICTURE, { id: `${id}-0` })).toMatchObject(notFound);
});

test("deletePicture refuses a picture of a job that has not ended", async () => {
  const id = await service.job();
  const attempt = await service.attempt(id);
  await attempt.addPicture(picture(id, 0));
  expect(await service.get(DELETE_PICTURE, { id: `${id}-0` })).toMatchObject({ code: "INVALID_INPUT", field: "id" });
  expect(await attempt.addPicture(picture(id, 1))).toBe(true);
});

test("a deleted picture is not found by a search", async () => {
  const id = await service.job();
  await service.draw(id, [embedding("a red apple"), embedding("a frog")]);
  const search = "query ($text: String, $picture: ID) { search(text: $text, picture: $picture) { picture { id } } }";
  const found = async (query: object) =>
    (await service.get(search, query)).map((match: { picture: { id: string } }) => match.picture.id);
  expect(await found({ text: "a red apple" })).toEqual([`${id}-0`, `${id}-1`]);
  expect(await found({ picture: `${id}-1` })).toEqual([`${id}-1`, `${id}-0`]);
  await service.get(DELETE_PICTURE, { id: `${id}-0` });
  expect(await found({ text: "a red apple" })).toEqual([`${id}-1`]);
  for (const wrong of [{}, { text: "a", picture: `${id}-1` }, { picture: `${id}-0` }, { picture: id }]) {
    const { errors } = await service.ask(search, wrong);
    expect(errors![0]!.extensions).toMatchObject({ code: "BAD_USER_INPUT" });
  }
});

test("setStarred stars a picture and takes the star away", async () => {
  const id = await drawn();
  const starred = { __typename: "Picture", id: `${id}-1`, starred: true };
  expect(await service.get(SET_STARRED, { id: `${id}-1`, starred: true })).toEqual(starred);
  expect((await service.get(JOB, { id })).pictures.map((one: { starred: boolean }) => one.starred)).toEqual([
    false,
    true,
  ]);
  expect(await service.get(SET_STARRED, { id: `${id}-1`, starred: true })).toEqual(starred);
  expect(await service.get(SET_STARRED, { id: `${id}-1`, starred: false })).toMatchObject({ starred: false });
});

test("nobody deletes or stars another owner's things, or what does not exist", async () => {
  const id = await drawn();
  const before = [...service.blobs.blobs.keys()];
  const each = [
    [DELETE_JOB, id, {}],
    [DELETE_PICTURE, `${id}-0`, {}],
    [SET_STARRED, `${id}-0`, { starred: true }],
  ] as const;
  for (const [mutation, own, rest] of each) {
    expect(await service.get(mutation, { id: own, ...rest }, "bob")).toMatchObject(notFound);
    for (const wrong of [`${id}-7`, `${id}-sheet`, "", "x"]) {
      expect(await service.get(mutation, { id: wrong, ...rest })).toMatchObject(notFound);
    }
  }
  expect([...service.blobs.blobs.keys()]).toEqual(before);
  expect((await service.get(JOB, { id })).pictures).toMatchObject([{ starred: false }, { starred: false }]);
});

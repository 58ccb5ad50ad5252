// Everything that has an id: how it is fetched by it, by whom, and as what.
import { beforeEach, expect, test } from "vitest";
import { sha256 } from "../../../infra/jobs/identity.ts";
import {
  INTERPOLATE,
  MANIPULATE,
  PNG,
  picture,
  RECONSTRUCT,
  Service,
  VARIATIONS,
} from "../../support/schema/service.ts";

let service: Service;
beforeEach(() => {
  service = new Service();
});

const NODE = `query ($id: ID!) { node(id: $id) {
  __typename id
  ... on Image { url urlExpiresAt }
  ... on Picture { index size seed caption score starred job { id kind } sources { __typename ... on Node { id } } }
  ... on Sheet { job { id } }
  ... on Animation { format job { id } }
  ... on Upload { contentType bytes }
} }`;

/** A job of two pictures, with a sheet and an animation, and the files of the pictures. */
async function drawn(): Promise<string> {
  const id = await service.job();
  const attempt = await service.attempt(id);
  const pictures = [picture(id, 0), picture(id, 1)];
  for (const { key } of pictures) await service.blobs.put(key, { bytes: PNG, contentType: "image/png" });
  await attempt.succeed(pictures, {
    sheet: `pictures/${id}/sheet.png`,
    animation: { key: `pictures/${id}/animation.webp`, format: "webp" },
    warnings: [],
    timings: [],
  });
  return id;
}

test("a job's pictures, sheet and animation are nodes, found by the ids that the job shows", async () => {
  const id = await drawn();
  const job = await service.get("query ($id: ID!) { job(id: $id) { pictures { id } sheet { id } animation { id } } }", {
    id,
  });
  const ids = [id, ...job.pictures.map((one: { id: string }) => one.id), job.sheet.id, job.animation.id];
  expect(new Set(ids).size).toBe(5);
  const nodes = await Promise.all(ids.map((one) => service.get(NODE, { id: one })));
  expect(nodes.map((node) => node.id)).toEqual(ids);
  expect(nodes.map((node) => node.__typename)).toEqual(["Job", "Picture", "Picture", "Sheet", "Animation"]);
  expect(nodes[2]).toMatchObject({ index: 1, size: 64, seed: 8, score: 0.3, caption: "a red boat", starred: false });
  expect(nodes[2]).toMatchObject({ job: { id, kind: "GENERATE" }, sources: [] });
  expect(nodes[2].url).toContain(`pictures/${id}/1.png`);
  expect(nodes[3].url).toContain(`pictures/${id}/sheet.png`);
  expect(nodes[4]).toMatchObject({ format: "WEBP", job: { id } });
});

test("an upload is a node once its file was sent", async () => {
  const id = await service.upload();
  expect(await service.get(NODE, { id })).toMatchObject({
    __typename: "Upload",
    id,
    contentType: "image/png",
    bytes: 11,
  });
  expect((await service.get(NODE, { id })).url).toContain(`uploads/ada/${id}`);
});

test("no node is shown to another owner, and an id that names nothing is null", async () => {
  const id = await drawn();
  const upload = await service.upload();
  for (const other of [id, `${id}-0`, `${id}-sheet`, `${id}-animation`, upload]) {
    expect(await service.get(NODE, { id: other }, "bob")).toBeNull();
    expect(await service.get(NODE, { id: other })).not.toBeNull();
  }
  const waiting = await service.job();
  for (const none of [
    `${id}-2`,
    `${id}-01`,
    `${id}-`,
    `${waiting}-0`,
    `${waiting}-sheet`,
    `${waiting}-animation`,
    "",
    "x",
  ]) {
    expect(await service.get(NODE, { id: none })).toBeNull();
  }
});

const USES = [
  ["image", VARIATIONS, (image: string) => ({ image })],
  ["between.1.image", INTERPOLATE, (image: string) => ({ between: [{ prompt: "a" }, { image }] })],
  ["image", MANIPULATE, (image: string) => ({ image, to: "a dog" })],
  ["image", RECONSTRUCT, (image: string) => ({ image, dimensions: [1] })],
] as const;

test.each(USES)("%s of an input takes the id of a picture", async (_, mutation, input) => {
  const id = await drawn();
  const job = await service.get(mutation, { input: input(`${id}-1`) });
  expect(job).toMatchObject({ __typename: "Job" });
  const { request } = (await service.store.get(job.id))!;
  const stored = { key: `pictures/${id}/1.png`, sha256: sha256(PNG) };
  expect(JSON.stringify(request)).toContain(JSON.stringify(stored));
});

test.each(USES)(
  "%s of an input refuses ids of other things, and another owner's picture",
  async (field, mutation, input) => {
    const id = await drawn();
    const refusal = async (image: string, as = "ada") => service.get(mutation, { input: input(image) }, as);
    expect(await refusal(`${id}-1`, "bob")).toMatchObject({
      code: "INVALID_INPUT",
      field,
      message: expect.stringContaining("not the id"),
    });
    expect(await refusal(`${id}-2`)).toMatchObject({ field, message: expect.stringContaining("not the id") });
    expect(await refusal(id)).toMatchObject({ field, message: expect.stringContaining("is the id of a job") });
    expect(await refusal(`${id}-sheet`)).toMatchObject({ field, message: expect.stringContaining("a contact sheet") });
    expect(await refusal(`${id}-animation`)).toMatchObject({ field, message: expect.stringContaining("an animation") });
  },
);

test("a repeated request finds its job after the picture's file is gone", async () => {
  const id = await drawn();
  const input = { image: `${id}-0`, idempotencyKey: "k" };
  const first = await service.get(VARIATIONS, { input });
  await service.blobs.remove(`pictures/${id}/0.png`);
  expect((await service.get(VARIATIONS, { input })).id).toBe(first.id);
});

test("a picture tells which pictures and uploads it was made from", async () => {
  const [id, upload] = [await drawn(), await service.upload()];
  const between = [{ image: `${id}-1` }, { image: upload }, { prompt: "a frog" }];
  const child = await service.get(INTERPOLATE, { input: { between, frames: 3 } });
  await service.draw(child.id);
  const sources = [
    { __typename: "Picture", id: `${id}-1` },
    { __typename: "Upload", id: upload },
  ];
  expect(await service.get(NODE, { id: `${child.id}-2` })).toMatchObject({ caption: null, sources });
  const query = `query ($id: ID!) { job(id: $id) { request { ... on InterpolateRequest {
    between { prompt image { __typename ... on Node { id } } } } } } }`;
  const { request } = await service.get(query, { id: child.id });
  expect(request.between.map((end: { image: object | null }) => end.image)).toEqual([...sources, null]);
});

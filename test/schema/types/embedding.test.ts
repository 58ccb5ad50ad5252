import { beforeEach, describe, expect, test } from "vitest";
import { pictureKey, uploadKey } from "../../../infra/jobs/keys.ts";
import { Unavailable } from "../../../infra/ports.ts";
import { UnclipError } from "../../../models/errors.ts";
import { embedding, MODEL, PNG, Service } from "../../support/schema/service.ts";

let service: Service;
beforeEach(() => {
  service = new Service();
});

const EMBED = "query ($of: ImageOrPrompt!) { embed(of: $of) { clip vector } }";
const SCORE = "query ($image: ID!, $prompt: String!) { score(image: $image, prompt: $prompt) }";

/** The id of a picture that shows this. */
async function drawn(shows: string, as = "ada"): Promise<string> {
  const job = await service.job({ count: 1 }, as);
  await service.draw(job);
  const key = pictureKey(job, 0);
  await service.blobs.put(key, { bytes: PNG, contentType: "image/png" });
  service.shown.set(key, shows);
  return `${job}-0`;
}

async function uploaded(shows: string, as = "ada"): Promise<string> {
  const id = await service.upload(PNG, "image/png", as);
  service.shown.set(uploadKey(as, id), shows);
  return id;
}

test("embed returns the embedding of a caption, a picture and an upload", async () => {
  const expected = (text: string) => ({ clip: MODEL.clip, vector: [...embedding(text).vector] });
  expect(await service.get(EMBED, { of: { prompt: " an apple " } })).toEqual(expected("an apple"));
  expect(await service.get(EMBED, { of: { image: await drawn("a frog") } })).toEqual(expected("a frog"));
  expect(await service.get(EMBED, { of: { image: await uploaded("red") } })).toEqual(expected("red"));
});

test("score compares a picture or an upload with a caption", async () => {
  const image = await drawn("a frog");
  expect(await service.get(SCORE, { image, prompt: "a frog" })).toBeCloseTo(1, 6);
  const other = await service.get(SCORE, { image, prompt: "an apple" });
  expect(other).toBeGreaterThan(0);
  expect(other).toBeLessThan(0.5);
  expect(await service.get(SCORE, { image: await uploaded("red"), prompt: "red" })).toBeCloseTo(1, 6);
});

describe("a wrong argument is refused", () => {
  const NONE = "is not the id of one of your uploads or pictures, or the upload's file has not been sent.";
  test.each([
    [EMBED, { of: { prompt: " " } }, 'Argument "of.prompt" must not be empty.'],
    [EMBED, { of: { prompt: "x".repeat(1001) } }, 'Argument "of.prompt" must have at most 1000 characters, not 1001.'],
    [EMBED, { of: { image: "x" } }, `Argument "of.image" ${NONE}`],
    [SCORE, { image: "", prompt: "a" }, `Argument "image" ${NONE}`],
  ])("%s with %j", async (query, variables, message) => {
    const { errors } = await service.ask(query, variables);
    expect(errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
    expect(service.logged).toEqual([]);
  });

  test("an id of another owner's picture or upload equals an unknown one", async () => {
    for (const image of [await drawn("a frog", "bob"), await uploaded("a frog", "bob")]) {
      for (const [query, variables] of [
        [EMBED, { of: { image } }],
        [SCORE, { image, prompt: "a" }],
      ] as const) {
        const { errors } = await service.ask(query, variables);
        expect(errors![0]!.message).toContain(NONE);
      }
    }
  });

  test("an id of a job names what it is", async () => {
    const { errors } = await service.ask(SCORE, { image: await service.job(), prompt: "a" });
    expect(errors![0]!.message).toBe('Argument "image" is the id of a job; pass the id of one picture.');
  });

  test.each([{}, { image: null }, { image: "a", prompt: "b" }])("%j is not one of the two", async (of) => {
    const { errors } = await service.ask(EMBED, { of });
    expect(errors![0]!.extensions).toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

test.each(["INVALID_PICTURE", "INVALID_REQUEST"] as const)("the model's %s reaches the caller", async (code) => {
  const refusing = new Service({ embedder: { embed: () => Promise.reject(new UnclipError(code, "It is damaged.")) } });
  const { errors } = await refusing.ask(EMBED, { of: { prompt: "a" } });
  expect(errors).toMatchObject([{ message: "It is damaged.", extensions: { code } }]);
  expect(refusing.logged).toEqual([]);
});

test("a CLIP that is not ready is reported as UNAVAILABLE, and an error of ours is masked", async () => {
  const busy = new Service({ embedder: { embed: () => Promise.reject(new Unavailable("throttled")) } });
  const { status, errors, headers } = await busy.ask(EMBED, { of: { prompt: "a" } });
  expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
  expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);

  const broken = new Service({ embedder: { embed: () => Promise.reject(new UnclipError("INTERNAL", "secret")) } });
  const masked = await broken.ask(EMBED, { of: { prompt: "a" } });
  expect(masked.errors).toMatchObject([{ extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
  expect(masked.errors![0]!.message).not.toContain("secret");
  expect(broken.logged).toHaveLength(1);
});

test("an operation runs the networks a few times, not often", async () => {
  const times = (count: number) =>
    service.ask(
      `{ ${Array.from({ length: count }, (_, i) => `e${i}: embed(of: { prompt: "a" }) { clip }`).join(" ")} }`,
    );
  expect((await times(4)).errors).toBeUndefined();
  expect((await times(5)).errors![0]!.extensions).toMatchObject({ code: "LIMIT_EXCEEDED" });
});

test("a mix takes the embeddings of the largest models through variables", async () => {
  const large = Array.from({ length: 1_280 }, (_, i) => (i + 1) / 1_280);
  const mix = Array.from({ length: 4 }, () => ({ embedding: large }));
  service = new Service({ models: [{ ...MODEL, dimensions: large.length }] });
  expect(await service.generate({ mix })).toMatchObject({ __typename: "Job" });
});

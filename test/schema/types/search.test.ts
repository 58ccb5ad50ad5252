import { beforeEach, expect, test } from "vitest";
import { Unavailable } from "../../../infra/ports.ts";
import { UnclipError } from "../../../models/errors.ts";
import { embedding, Service } from "../../support/schema/service.ts";

let service: Service;
beforeEach(() => {
  service = new Service();
});

const SEARCH = `query ($text: String!, $first: Int! = 20) { search(text: $text, first: $first) {
  score picture { index url seed } job { id status }
} }`;

/** The id of a job with such pictures. */
async function drawn(shown: readonly string[], as = "ada"): Promise<string> {
  const id = await service.job({ count: shown.length }, as);
  await service.draw(
    id,
    shown.map((text) => embedding(text)),
  );
  return id;
}

test("search finds pictures by their content, with their jobs", async () => {
  const id = await drawn(["a frog", "a red apple"]);
  const other = await drawn(["an apple"]);
  const matches = await service.get(SEARCH, { text: "  an apple " });
  expect(matches.map(({ job, picture }: typeof matches) => [job.id, picture.index])).toEqual([
    [other, 0],
    [id, 1],
    [id, 0],
  ]);
  expect(matches[0].score).toBeCloseTo(1, 2);
  expect(matches[1]).toMatchObject({ picture: { seed: 8 }, job: { status: "SUCCEEDED" } });
  expect(matches[1].picture.url).toContain(`pictures/${id}/1.png`);
  expect(await service.get(SEARCH, { text: "a frog", first: 1 })).toMatchObject([{ picture: { index: 0 } }]);
});

test("search never returns another owner's pictures, or pictures of deleted jobs", async () => {
  await drawn(["an apple"], "bob");
  expect(await service.get(SEARCH, { text: "apple" })).toEqual([]);
  expect(await service.get(SEARCH, { text: "apple" }, "bob")).toHaveLength(1);
  await service.store.forget(Number.MAX_SAFE_INTEGER, 9);
  expect(await service.get(SEARCH, { text: "apple" }, "bob")).toEqual([]);
});

test("search considers only pictures of the CLIP that encoded the text", async () => {
  const id = await service.job({ count: 2 });
  await service.draw(id, [embedding("an apple", "an older CLIP"), embedding("a frog")]);
  expect(await service.get(SEARCH, { text: "apple" })).toMatchObject([{ picture: { index: 1 } }]);
});

test("search does not expose embeddings", async () => {
  const id = await drawn(["an apple"]);
  const log = `query ($id: ID!) { job(id: $id) { events { ... on PictureReady { picture { __typename } } } } }`;
  expect((await service.get(log, { id })).events.at(-2)).toEqual({ picture: { __typename: "Picture" } });
  const { errors } = await service.ask("query ($id: ID!) { job(id: $id) { pictures { embedding } } }", { id });
  expect(errors![0]!.message).toContain('Cannot query field "embedding"');
});

test.each([
  [{ text: "" }, 'Argument "text" must not be empty.'],
  [{ text: " \n\t" }, 'Argument "text" must not be empty.'],
  [{ text: "x".repeat(1001) }, 'Argument "text" must have at most 1000 characters, not 1001.'],
  [{ text: "a", first: -1 }, 'Argument "first" must be from 0 to 100, not -1.'],
  [{ text: "a", first: 101 }, 'Argument "first" must be from 0 to 100, not 101.'],
])("search refuses %j", async (variables, message) => {
  const { errors } = await service.ask(SEARCH, variables);
  expect(errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
  expect(service.logged).toEqual([]);
});

test("search accepts text up to the maximum length of a caption", async () => {
  expect(await service.get(SEARCH, { text: ` ${"x".repeat(1000)} ` })).toEqual([]);
});

test("search can be selected a few times in one operation, but not many", async () => {
  const times = (count: number) => {
    const looks = Array.from({ length: count }, (_, i) => `s${i}: search(text: "apple") { score }`);
    return service.ask(`{ ${looks.join(" ")} }`);
  };
  expect((await times(4)).errors).toBeUndefined();
  expect((await times(5)).errors![0]!.extensions).toMatchObject({ code: "LIMIT_EXCEEDED" });
});

test("search reports UNAVAILABLE while the text encoder is not ready, and logs nothing", async () => {
  const busy = new Service({ embedder: { embed: () => Promise.reject(new Unavailable("throttled")) } });
  const { status, errors, headers } = await busy.ask(SEARCH, { text: "apple" });
  expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
  expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);
  expect(busy.logged).toEqual([]);
});

test("search masks an error of the model, and logs it in full", async () => {
  const cause = new UnclipError("INTERNAL", "The engine's thread is gone");
  const broken = new Service({ embedder: { embed: () => Promise.reject(cause) } });
  const { errors } = await broken.ask(SEARCH, { text: "apple" });
  expect(errors![0]!.extensions).toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
  expect(broken.logged).toMatchObject([{ error: cause }]);
});

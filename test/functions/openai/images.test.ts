// OpenAI's Images API: what its requests become, and its answers and refusals. test/clients runs OpenAI's own clients.
import { beforeEach, expect, test } from "vitest";
import { openAiImages } from "../../../functions/openai/images.ts";
import { PNG, picture, Service } from "../../support/schema/service.ts";

let service: Service;
beforeEach(() => {
  service = new Service({ content: { prompt: async (text) => (text.includes("bad") ? "No bad words." : undefined) } });
});

async function send(path: string, body: BodyInit, headers: Record<string, string> = {}, waitMs = 60_000) {
  const authenticate = async (sent: Headers) =>
    sent.get("authorization") === "Bearer ada" ? { owner: "ada", quota: 20 } : undefined;
  const handle = openAiImages({ api: service.api, jobs: service.jobs, blobs: service.blobs, authenticate, waitMs });
  const encoded = new Response(body);
  const contentType = body instanceof FormData ? encoded.headers.get("content-type")! : "application/json";
  const bytes = await encoded.arrayBuffer();
  const request = new Request(`http://unclip.test/v1/images/${path}`, {
    method: "POST",
    headers: { authorization: "Bearer ada", "content-type": contentType, ...headers },
    body: bytes,
  });
  return handle(request);
}

const generate = (body: object, headers?: Record<string, string>, waitMs?: number) =>
  send("generations", JSON.stringify(body), headers, waitMs);

/** Draws the next job that is submitted, as a worker would. */
async function drawNext(): Promise<string> {
  await expect.poll(() => service.store.records.size).toBeGreaterThan(0);
  const [id] = [...service.store.records.keys()] as [string];
  const attempt = await service.attempt(id);
  for (let index = 0; index < attempt.job.pictures; index++) {
    await service.blobs.put(`pictures/${id}/${index}.png`, { bytes: PNG, contentType: "image/png" });
    await attempt.addPicture(picture(id, index));
  }
  await attempt.succeed(attempt.job.drawn, { warnings: [], timings: [] });
  return id;
}

test("generations draws n pictures of the prompt and returns their URLs", async () => {
  const [response, id] = await Promise.all([
    generate({ prompt: "a red boat", n: 2, size: "256x256", model: "dall-e-2", user: "u", quality: "standard" }),
    drawNext(),
  ]);
  expect(response.status).toBe(200);
  const { created, data } = (await response.json()) as { created: number; data: { url: string }[] };
  const { request, createdAt } = service.store.records.get(id)!;
  expect(request).toMatchObject({ kind: "generate", prompt: "a red boat", count: 2, size: 256 });
  expect(created).toBe(Math.floor(createdAt / 1000));
  expect(data.map(({ url }) => url)).toEqual([
    expect.stringContaining(`pictures/${id}/0.png`),
    expect.stringContaining(`pictures/${id}/1.png`),
  ]);
});

test("pictures are returned as base64 on request", async () => {
  const [response] = await Promise.all([generate({ prompt: "a boat", response_format: "b64_json" }), drawNext()]);
  expect(((await response.json()) as { data: object[] }).data).toEqual([
    { b64_json: Buffer.from(PNG).toString("base64") },
  ]);
});

test("variations draws variations of the file", async () => {
  const form = new FormData();
  form.append("image", new Blob([PNG], { type: "application/octet-stream" }), "image.png");
  form.append("n", "3");
  const [response, id] = await Promise.all([send("variations", form), drawNext()]);
  expect(response.status).toBe(200);
  const { request } = service.store.records.get(id)!;
  expect(request).toMatchObject({
    kind: "variations",
    count: 3,
    image: { key: expect.stringMatching(/^uploads\/ada\//) },
  });
});

test("a job that takes too long is canceled, and its client does not repeat it", async () => {
  const response = await generate({ prompt: "a boat" }, {}, 1);
  expect([response.status, response.headers.get("x-should-retry")]).toEqual([504, "false"]);
  expect([...service.store.records.values()]).toMatchObject([{ status: "CANCELED" }]);
});

test("a job that fails is an error of the server", async () => {
  const answer = generate({ prompt: "a boat" });
  await expect.poll(() => service.store.records.size).toBe(1);
  const attempt = await service.attempt([...service.store.records.keys()][0]!);
  await attempt.fail({ code: "NUMERIC_FAILURE", message: "NaN", retryable: false });
  expect([(await answer).status, await (await answer).json()]).toMatchObject([
    500,
    { error: { message: "NaN", type: "server_error", code: "numeric_failure" } },
  ]);
});

const REFUSED: readonly (readonly [what: string, body: object, status: number, error: object])[] = [
  ["no prompt", {}, 400, { param: "prompt", code: "invalid_value", type: "invalid_request_error" }],
  ["an empty prompt", { prompt: " " }, 400, { param: "prompt" }],
  ["too many pictures", { prompt: "a", n: 11 }, 400, { param: "n" }],
  ["half a picture", { prompt: "a", n: 0.5 }, 400, { param: "n" }],
  ["a size that is not square", { prompt: "a", size: "256x64" }, 400, { param: "size" }],
  ["a size that the model lacks", { prompt: "a", size: "512x512" }, 400, { param: "size" }],
  ["an unknown format", { prompt: "a", response_format: "jpeg" }, 400, { param: "response_format" }],
  ["a prompt against the rules", { prompt: "bad" }, 400, { param: "prompt", code: "content_policy_violation" }],
];

test.each(REFUSED)("%s is refused in OpenAI's form", async (_, body, status, error) => {
  const response = await generate(body);
  expect([response.status, await response.json()]).toMatchObject([status, { error }]);
  expect(service.store.records.size).toBe(0);
});

test("the quota, a wrong key, a wrong file and a wrong path are refused in OpenAI's form", async () => {
  await service.job({ count: 16 });
  const full = await generate({ prompt: "a", n: 10 });
  expect([full.status, await full.json()]).toMatchObject([429, { error: { code: "rate_limit_exceeded" } }]);
  const unknown = await generate({ prompt: "a" }, { authorization: "Bearer eve" });
  expect([unknown.status, await unknown.json()]).toMatchObject([401, { error: { code: "invalid_api_key" } }]);
  const form = new FormData();
  form.append("image", new Blob(["GIF89a"]), "a.gif");
  const file = await send("variations", form);
  expect([file.status, await file.json()]).toMatchObject([400, { error: { param: "image" } }]);
  const long = await generate({ prompt: "a", user: "x".repeat(1_000_000) });
  expect([long.status, await long.json()]).toMatchObject([413, { error: { type: "invalid_request_error" } }]);
  const path = await send("edits", "{}");
  expect([path.status, await path.json()]).toMatchObject([404, { error: { code: "unknown_url" } }]);
});

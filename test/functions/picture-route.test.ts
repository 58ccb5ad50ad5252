// The permanent addresses of pictures.
import { beforeEach, expect, test, vi } from "vitest";
import { pictureRoute } from "../../functions/picture-route.ts";
import { localCallerLimiter } from "../../infra/local/caller-limiter.ts";
import type { ApiOptions } from "../../schema/index.ts";
import { Service } from "../support/schema/service.ts";

const ORIGIN = "https://app.example";
let service: Service;
beforeEach(() => {
  service = new Service({ cors: [ORIGIN] });
});

type Sent = { readonly key?: string; readonly method?: string; readonly origin?: string };

async function open(path: string, { key = "ada", method = "GET", origin }: Sent = {}): Promise<Response> {
  const headers = { ...(key && { authorization: `Bearer ${key}` }), ...(origin && { origin }) };
  return (await pictureRoute(service.api)(new Request(`http://unclip.test${path}`, { method, headers })))!;
}

async function drawn(): Promise<string> {
  const job = await service.job();
  await service.draw(job);
  return job;
}

test("redirect their owner to a signed URL of the picture", async () => {
  const job = await drawn();
  for (const method of ["GET", "HEAD"]) {
    const response = await open(`/pictures/${job}-1`, { method });
    expect([response.status, response.headers.get("cache-control"), await response.text()]).toEqual([
      302,
      "no-store",
      "",
    ]);
    expect(response.headers.get("location")).toMatch(new RegExp(`^memory:///pictures/${job}/1\\.png\\?expires=\\d+$`));
  }
});

test("lead to uploads too", async () => {
  const id = await service.upload();
  expect((await open(`/pictures/${id}`)).headers.get("location")).toContain(`uploads/ada/${id}`);
});

test("say nothing about what others have, and what does not exist", async () => {
  const job = await drawn();
  const upload = await service.upload();
  const missing = await open("/pictures/0123456789abcdefghjkmnpqrs-0");
  expect(missing.status).toBe(404);
  const answers = await Promise.all([
    open(`/pictures/${job}-0`, { key: "bob" }),
    open(`/pictures/${upload}`, { key: "bob" }),
    open(`/pictures/${job}-7`),
    open(`/pictures/${job}`),
    open(`/pictures/${job}-sheet`),
    open("/pictures/..%2F..%2Fetc"),
  ]);
  const text = await missing.text();
  for (const response of answers) expect([response.status, await response.text()]).toEqual([404, text]);
});

test("stop with their picture", async () => {
  const job = await drawn();
  const deleted = await service.ask(`mutation { deletePicture(id: "${job}-0") { __typename } }`);
  expect(deleted.errors).toBeUndefined();
  expect((await open(`/pictures/${job}-0`)).status).toBe(404);
  expect((await open(`/pictures/${job}-1`)).status).toBe(302);
});

test("refuse callers without a valid key, other methods, and callers beyond their limit", async () => {
  const job = await drawn();
  for (const key of ["", "eve"]) {
    const response = await open(`/pictures/${job}-0`, { key });
    expect([response.status, ((await response.json()) as { errors: object[] }).errors]).toMatchObject([
      401,
      [{ extensions: { code: "UNAUTHENTICATED" } }],
    ]);
  }
  const posted = await open(`/pictures/${job}-0`, { method: "POST" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const limits = { requestsPerMinute: 1, uploadBytesPerHour: 1, jobsPerHour: 1, streams: 1 };
  const limiter: ApiOptions["limiter"] = localCallerLimiter(limits, { now: () => 0 });
  service = new Service({ limiter });
  expect((await open("/pictures/none")).status).toBe(404);
  const limited = await open("/pictures/none");
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
});

test("a failure of the service is no missing picture", async () => {
  const job = await drawn();
  vi.spyOn(service.blobs, "signGet").mockRejectedValue(new Error("secret"));
  const response = await open(`/pictures/${job}-0`);
  expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining("secret")]);
  expect(service.logged).toHaveLength(1);
});

test("leave other paths alone", async () => {
  for (const path of ["/", "/pictures", "/pictures/", "/pictures/a/0.png", "/graphql"]) {
    expect(await open(path)).toBeUndefined();
  }
});

// Limits of one caller: readable, and answered with the time of the next try.
import { expect, test } from "vitest";
import type { CallerLimits } from "../../../infra/auth/caller-limits.ts";
import { localCallerLimiter } from "../../../infra/local/caller-limiter.ts";
import { manualClock } from "../../support/jobs/records.ts";
import { Service, UPLOAD } from "../../support/schema/service.ts";
import { FOLLOW, sse, take } from "../../support/schema/stream.ts";

const LIMITS = "{ viewer { limits { requestsPerMinute uploadBytesPerHour jobsPerHour streams sockets } } }";

const limited = (limits: CallerLimits) => new Service({ limiter: localCallerLimiter(limits, manualClock()) });

test("the limits can be read", async () => {
  const limits = { requestsPerMinute: 9, uploadBytesPerHour: 8_000_000_000, jobsPerHour: 7, streams: 6, sockets: 5 };
  expect(await limited(limits).get(LIMITS)).toEqual({ limits });
  const none = { requestsPerMinute: null, uploadBytesPerHour: null, jobsPerHour: null, streams: null, sockets: null };
  expect(await new Service().get(LIMITS)).toEqual({ limits: none });
});

test("a request beyond the rate is answered with 429 and Retry-After, and others are not affected", async () => {
  const service = limited({ requestsPerMinute: 2 });
  for (let i = 0; i < 2; i++) await service.get("{ viewer { owner } }");
  const { status, headers, errors } = await service.ask("{ viewer { owner } }");
  expect([status, headers.get("retry-after")]).toEqual([429, "30"]);
  expect(errors).toMatchObject([
    { extensions: { code: "RATE_LIMITED", limit: "requestsPerMinute", retryAfterSeconds: 30 } },
  ]);
  expect((await service.ask("{ viewer { owner } }", {}, "bob")).status).toBe(200);
});

test("canceled jobs and repeated requests: only new jobs count", async () => {
  const service = limited({ jobsPerHour: 2 });
  const id = await service.job({ idempotencyKey: "k" });
  await service.jobs.of("ada").cancel(id);
  for (let i = 0; i < 5; i++) expect(await service.job({ idempotencyKey: "k" })).toBe(id);
  await service.job();
  await expect(service.generate()).rejects.toThrow("RATE_LIMITED");
});

test("uploads count by the size that their form allows", async () => {
  const service = limited({ uploadBytesPerHour: 15_000_000 });
  const upload = () => service.get(UPLOAD, { input: { contentType: "image/png", bytes: 10_000_000 } });
  await upload();
  await expect(upload()).rejects.toThrow("RATE_LIMITED");
});

test("subscriptions count while they last", async () => {
  const service = limited({ streams: 1 });
  const id = await service.job();
  const first = sse(service, FOLLOW, { id });
  await take(first, 1);
  const { value } = await sse(service, FOLLOW, { id }).next();
  expect(value.errors).toMatchObject([{ extensions: { code: "RATE_LIMITED", limit: "streams" } }]);
  await first.return();
  expect(await take(sse(service, FOLLOW, { id }), 1)).toHaveLength(1);
});

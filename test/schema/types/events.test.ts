import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Failure } from "../../../infra/jobs/job.ts";
import { type Answer, CANCEL, picture, Service } from "../../support/schema/service.ts";
import { all, FOLLOW, sse, take } from "../../support/schema/stream.ts";

let service: Service;
beforeEach(() => {
  service = new Service();
});

const names = (events: Answer[]) => events.map(({ __typename }) => __typename);
const follow = (id: string, after = 0, as?: string) => sse(service, FOLLOW, { id, after }, as);

describe("jobEvents over SSE", () => {
  test("sends past events, then new ones, and completes", async () => {
    const id = await service.job();
    const stream = follow(id);
    expect(await take(stream, 1)).toMatchObject([{ __typename: "Queued", seq: 1, job: { status: "QUEUED" } }]);
    await service.jobs.provisioning(id);
    const attempt = await service.attempt(id);
    expect(await take(stream, 2)).toMatchObject([
      { __typename: "Provisioning" },
      { __typename: "Started", attempt: 1 },
    ]);
    await attempt.progress({ stage: "prior", picture: 0, pictures: 2, step: 1, steps: 8 });
    await attempt.progress({
      stage: "decoder",
      picture: 1,
      pictures: 2,
      step: 2,
      steps: 8,
      preview: "previews/a/1.png",
    });
    const progress = await take(stream, 2);
    expect(progress).toMatchObject([
      { stage: "prior", preview: null },
      { stage: "decoder", step: 2, pictureIndex: 1 },
    ]);
    expect(progress[1].preview.url).toContain("previews/a/1.png");
    await attempt.addPicture(picture(id, 0));
    const [ready] = await take(stream, 1);
    expect(ready).toMatchObject({ __typename: "PictureReady", picture: { index: 0 }, job: { status: "RUNNING" } });
    expect(ready.picture.url).toContain(`pictures/${id}/0.png`);
    await attempt.succeed([picture(id, 0), picture(id, 1)], { warnings: [], timings: [] });
    const rest = await all(stream);
    expect(names(rest)).toEqual(["PictureReady", "Succeeded"]);
    expect(rest.at(-1)).toMatchObject({ seq: 8, job: { status: "SUCCEEDED" } });
  });

  test("sends Retrying, Released and Failed", async () => {
    const failure: Failure = { code: "INTERNAL", message: "ours", retryable: true };
    const id = await service.job();
    await (await service.attempt(id)).release();
    for (const _ of [1, 2, 3]) {
      await (await service.attempt(id)).fail(failure);
      service.now += 60_000;
    }
    const events = await all(follow(id));
    const tries = ["Started", "Released", "Started", "Retrying", "Started", "Retrying", "Started", "Failed"];
    expect(names(events)).toEqual(["Queued", ...tries]);
    expect(events[4]).toMatchObject({ failure: { code: "INTERNAL" }, notBefore: expect.stringMatching(/Z$/) });
    expect(events.at(-1)).toMatchObject({ failure: { code: "INTERNAL", message: "ours" } });
  });

  test("sends Canceled and Expired", async () => {
    const [canceled, expired] = [await service.job(), await service.job({ startWithinSeconds: 5 })];
    const streams = [follow(canceled), follow(expired)];
    await Promise.all(streams.map((stream) => take(stream, 1)));
    await service.get(CANCEL, { id: canceled });
    service.now += 60_000;
    await service.jobs.sweep();
    expect(names(await all(streams[0]!))).toEqual(["Canceled"]);
    expect(await all(streams[1]!)).toMatchObject([{ __typename: "Expired", deadline: "START" }]);
  });

  test("resumes after any event, without a lost or duplicate one", async () => {
    const id = await service.job({ count: 4 });
    await service.draw(id);
    const whole = await all(follow(id));
    expect(whole.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (let after = 0; after <= whole.length; after++) {
      expect(names(await all(follow(id, after)))).toEqual(names(whole.slice(after)));
    }
  });

  test("leaves no listener after a disconnect, and the next stream resumes", async () => {
    const id = await service.job();
    const stream = follow(id);
    await take(stream, 1);
    expect(service.store.listeners.size).toBe(1);
    await stream.return();
    await vi.waitFor(() => expect(service.store.listeners.size).toBe(0), { timeout: 10_000 });
    await service.draw(id);
    expect(names(await all(follow(id, 1)))).toEqual(["Started", "PictureReady", "PictureReady", "Succeeded"]);
  });

  test("sends the same events to many subscribers", async () => {
    const id = await service.job();
    const followed = Promise.all(Array.from({ length: 50 }, () => all(follow(id))));
    await service.draw(id);
    for (const events of await followed) expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(service.store.listeners.size).toBe(0);
  });
});

describe("jobEvents ends with an error", () => {
  const refusal = async (variables: object, as = "ada") => {
    const { value } = await sse(service, FOLLOW, variables, as).next();
    return value.errors[0].extensions;
  };

  test("for unknown jobs and for other owners' jobs alike", async () => {
    const id = await service.job();
    const missing = { code: "NOT_FOUND", requestId: expect.any(String) };
    expect(await refusal({ id: "nothing" })).toEqual(missing);
    expect(await refusal({ id }, "bob")).toEqual(missing);
  });

  test("for a negative after", async () => {
    expect(await refusal({ id: await service.job(), after: -1 })).toMatchObject({ code: "BAD_USER_INPUT" });
  });

  test("without a key", async () => {
    expect(await refusal({ id: "x" }, "eve")).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("that is masked when reading the events fails", async () => {
    const id = await service.job();
    const stream = follow(id);
    await take(stream, 1);
    vi.spyOn(service.blobs, "signGet").mockRejectedValue(new Error("secret"));
    const attempt = await service.attempt(id);
    await attempt.addPicture(picture(id, 0));
    await take(stream, 1);
    const { value } = await stream.next();
    expect(value.errors[0].extensions).toEqual({ code: "INTERNAL_SERVER_ERROR", requestId: expect.any(String) });
    expect(JSON.stringify(value)).not.toContain("secret");
    expect(service.logged).toMatchObject([{ error: { message: "secret" } }]);
  });
});

import { describe, expect, it } from "vitest";
import { FINISH, INTERNAL, PROGRESS, picture, START } from "../../support/jobs/builders.ts";
import { leaseJob, submitJob } from "../../support/jobs/leased.ts";
import { fakeTime, pass } from "../../support/jobs/time.ts";

fakeTime();

describe("an attempt", () => {
  it("writes while it holds the job's lease", async () => {
    const { jobs, id, service } = await submitJob();
    const attempt = await leaseJob(jobs, id);
    await pass(1_000);
    expect([await attempt.heartbeat(), await attempt.progress(PROGRESS), await attempt.addPicture(picture(0))]).toEqual(
      [true, true, true],
    );
    expect([
      await attempt.addPicture(picture(0)),
      attempt.wantsProgress(PROGRESS.stage),
      await attempt.progress(PROGRESS),
    ]).toEqual([true, false, true]);
    expect(service.job(id)).toMatchObject({ lease: { until: START + 31_000 }, drawn: [{ index: 0 }] });
    expect(await attempt.succeed([picture(0), picture(1)], FINISH)).toBe(true);
    expect(service.eventTypes(id)).toEqual(["QUEUED", "STARTED", "PICTURE_READY", "PICTURE_READY", "SUCCEEDED"]);
  });

  it.each(["canceled", "lost, and another's", "over"])("changes nothing once its job is %s", async (how) => {
    const { jobs, id, service } = await submitJob();
    const attempt = await leaseJob(jobs, id);
    if (how === "canceled") await jobs.of("ada").cancel(id);
    else if (how === "over") await attempt.succeed([picture(0), picture(1)], FINISH);
    else {
      await pass(30_000);
      await jobs.sweep();
      await pass(2_000);
      await leaseJob(jobs, id, "other");
    }
    const before = service.job(id);
    await pass(1_000);
    expect(attempt.isLostTo(before)).toBe(true);
    const pictures = [picture(0), picture(1)];
    const tries = [
      attempt.heartbeat(),
      attempt.progress(PROGRESS),
      attempt.addPicture(picture(0)),
      attempt.succeed(pictures, FINISH),
    ];
    expect(await Promise.all([...tries, attempt.fail(INTERNAL), attempt.release()])).toEqual(Array(6).fill(false));
    expect(await attempt.progress(PROGRESS)).toBe(false);
    expect(service.job(id)).toBe(before);
  });

  it("is not lost to a record version from before it started", async () => {
    const { jobs, id, service } = await submitJob();
    const before = service.job(id);
    const attempt = await leaseJob(jobs, id);
    expect([before, service.job(id)].map((job) => attempt.isLostTo(job))).toEqual([false, false]);
  });

  it("keeps all of its concurrent writes", async () => {
    const { jobs, id, service } = await submitJob({ quota: 100 });
    const attempt = await leaseJob(jobs, id);
    const all = [
      attempt.heartbeat(),
      attempt.addPicture(picture(1)),
      attempt.heartbeat(),
      attempt.addPicture(picture(0)),
      attempt.heartbeat(),
    ];
    expect(await Promise.all(all)).toEqual(Array(5).fill(true));
    expect(service.job(id)).toMatchObject({ version: 8, drawn: [{ index: 0 }, { index: 1 }] });
  });
});

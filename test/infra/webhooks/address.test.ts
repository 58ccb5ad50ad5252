import { describe, expect, test } from "vitest";
import { ForbiddenAddress, resolve, webhookUrlProblem } from "../../../infra/webhooks/address.ts";

describe("a webhook's URL", () => {
  test.each([
    "https://example.com/hook",
    "https://example.com:8443/hook?x=1",
    "https://1.1.1.1/",
    "https://[2606:4700::1111]/",
    "http://localhost:3000/hook",
    "http://127.0.0.1:3000/hook",
    "http://[::1]:3000/hook",
    "https://localhost/hook",
  ])("may be %s", (url) => {
    expect(webhookUrlProblem(url)).toBeUndefined();
  });

  test.each([
    ["no url", /no URL/],
    ["", /no URL/],
    ["http://example.com/hook", /https/],
    ["ftp://example.com/hook", /https/],
    ["file:///etc/passwd", /https/],
    ["ftp://localhost/hook", /https/],
    ["https://user:secret@example.com/", /user name/],
    ["https://10.0.0.1/", /private/],
    ["https://172.16.5.4/", /private/],
    ["https://192.168.1.1/", /private/],
    ["https://169.254.169.254/latest/meta-data/", /private/],
    ["https://0.0.0.0/", /private/],
    ["https://100.64.0.1/", /private/],
    ["https://224.0.0.1/", /private/],
    ["https://255.255.255.255/", /private/],
    ["https://2852039166/", /private/], // 169.254.169.254, written as one number
    ["https://0xa9fea9fe/", /private/],
    ["https://0251.0376.0251.0376/", /private/],
    ["https://[::ffff:169.254.169.254]/", /private/],
    ["https://[::ffff:a9fe:a9fe]/", /private/],
    ["https://[64:ff9b::a9fe:a9fe]/", /private/],
    ["https://[fe80::1]/", /private/],
    ["https://[fd00:ec2::254]/", /private/],
    ["https://[::]/", /private/],
  ])("may not be %s", (url, why) => {
    expect(webhookUrlProblem(url)).toMatch(why);
  });

  test("may not name the server's own machine unless loopback is allowed", async () => {
    for (const url of ["http://127.0.0.1:9001/", "http://localhost:9001/", "https://localhost/", "https://[::1]/"]) {
      expect(webhookUrlProblem(url, false)).toMatch(/https|private/);
      await expect(resolve(url, false)).rejects.toBeInstanceOf(ForbiddenAddress);
    }
  });

  test("that names loopback resolves to loopback only", async () => {
    expect(await resolve("http://localhost:3000/")).toMatchObject({ address: expect.stringMatching(/^(127\.|::1$)/) });
    await expect(resolve("https://10.1.2.3/")).rejects.toBeInstanceOf(ForbiddenAddress);
  });
});

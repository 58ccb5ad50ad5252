import { describe, expect, test } from "vitest";
import { ForbiddenAddress, resolve, webhookUrlProblem } from "../../../infra/webhooks/address.ts";

describe("a webhook's URL", () => {
  test.each([
    "https://example.com/hook",
    "https://example.com:8443/hook?x=1",
    "https://1.1.1.1/",
    "https://[2606:4700::1111]/",
  ])("may be %s", (url) => {
    expect(webhookUrlProblem(url)).toBeUndefined();
  });

  test.each([
    ["no url", /no URL/],
    ["", /no URL/],
    ["http://example.com/hook", /https/],
    ["ftp://example.com/hook", /https/],
    ["file:///etc/passwd", /https/],
    ["ftp://localhost/hook", /private/],
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
    ["https://[fec0::1]/", /private/],
    ["https://[::a9fe:a9fe]/", /private/],
    ["https://[::7f00:1]/", /private/],
    ["https://[3fff::1]/", /private/],
    ["https://[5f00::1]/", /private/],
    ["https://[::ffff:8.8.8.8]/", /private/],
    ["https://[2001::1]/", /private/],
    ["https://[2001:db8::1]/", /private/],
    ["https://[2002:7f00:1::1]/", /private/],
    ["http://localhost:3000/hook", /private/],
    ["http://127.0.0.1:3000/hook", /private/],
    ["https://127.1/", /private/],
    ["https://0x7f.1/", /private/],
    ["https://2130706433/", /private/],
    ["https://[::1]/", /private/],
    ["https://[::ffff:127.0.0.1]/", /private/],
    ["https://example.com:22/hook", /port/],
    ["https://example.com:25/hook", /port/],
    ["https://1.1.1.1:6379/", /port/],
  ])("may not be %s", (url, why) => {
    expect(webhookUrlProblem(url)).toMatch(why);
  });

  test.each(["http://127.0.0.1:9001/", "http://localhost:9001/", "https://localhost:1/", "http://[::1]:3000/"])(
    "may name the server's own machine only where loopback is allowed: %s",
    async (url) => {
      await expect(resolve(url)).rejects.toBeInstanceOf(ForbiddenAddress);
      for (const networks of ["loopback", "private"] as const) {
        expect(webhookUrlProblem(url, networks)).toBeUndefined();
        expect(await resolve(url, networks)).toMatchObject({ address: expect.stringMatching(/^(127\.|::1$)/) });
      }
    },
  );

  test.each(["http://10.1.2.3:8080/", "https://192.168.0.9/", "http://[fd00::9]/"])(
    "may lead into a private network only where that is allowed: %s",
    async (url) => {
      await expect(resolve(url)).rejects.toBeInstanceOf(ForbiddenAddress);
      await expect(resolve(url, "loopback")).rejects.toBeInstanceOf(ForbiddenAddress);
      expect(await resolve(url, "private")).toMatchObject({ url: new URL(url) });
    },
  );

  test.each(["https://169.254.169.254/", "https://0.0.0.0/", "https://[fe80::1]/", "https://[64:ff9b::a00:1]/"])(
    "may never lead to %s",
    async (url) => {
      await expect(resolve(url, "private")).rejects.toBeInstanceOf(ForbiddenAddress);
    },
  );

  test("must use https on a public address, whatever is allowed", async () => {
    await expect(resolve("http://1.1.1.1/", "private")).rejects.toThrow(/https/);
    await expect(resolve("https://1.1.1.1:22/", "private")).rejects.toThrow(/port/);
  });
});

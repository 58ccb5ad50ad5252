import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { addHeaders, DATA_HEADERS, pageHeaders } from "../../../schema/index.ts";
import { Service } from "../../support/schema/service.ts";

const scriptSource = (html: string) => /script-src ([^;]*)/.exec(pageHeaders(html)["content-security-policy"]!)![1];
const hash = (script: string) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`;

describe("the policy of a page", () => {
  test.each([
    ["one script", "<p><script>let a = 1;</script>", ["let a = 1;"]],
    ["two, with attributes and in capitals", '<SCRIPT type="module">1</SCRIPT ><script\n>2</script>', ["1", "2"]],
    ["a script that has a start tag in it", '<script>"<script>"</script><script>b</script>', ['"<script>"', "b"]],
    ["letters beyond ASCII", "<script>'é 🍎'</script>", ["'é 🍎'"]],
  ])("allows %s", (_, html, scripts) => {
    expect(scriptSource(html)).toBe(scripts.map(hash).join(" "));
  });

  test("allows no script where the page has none, or none that ends", () => {
    expect(scriptSource("<p>text</p>")).toBe("'none'");
    expect(scriptSource("<script>open")).toBe("'none'");
  });

  test("allows more where the page says so", () => {
    const { "content-security-policy": policy } = pageHeaders("", { "worker-src": "blob:" });
    expect(policy).toMatch(/; worker-src blob:$/);
  });
});

test("a response's own headers stay", () => {
  const response = new Response("", { headers: { "content-security-policy": "sandbox" } });
  expect(addHeaders(response, DATA_HEADERS).headers.get("content-security-policy")).toBe("sandbox");
  expect(response.headers.get("x-frame-options")).toBe("DENY");
});

test.each([
  ["an answer", { body: JSON.stringify({ query: "{ __typename }" }), type: "application/json" }],
  ["a malformed request", { body: "{", type: "application/json" }],
  ["a form", { body: "query=x", type: "application/x-www-form-urlencoded" }],
])("%s of the API loads and runs nothing when it is opened as a page", async (_, { body, type }) => {
  const { yoga } = new Service().api;
  const response = await yoga.fetch("http://unclip.test/graphql", {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  expect(Object.fromEntries(response.headers)).toMatchObject(DATA_HEADERS);
});

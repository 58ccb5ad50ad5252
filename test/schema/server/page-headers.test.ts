import { describe, expect, test } from "vitest";
import { addHeaders, DATA_HEADERS, pageHeaders } from "../../../schema/index.ts";
import { Service } from "../../support/schema/service.ts";

const policyOf = (headers: Readonly<Record<string, string>>) => headers["content-security-policy"]!;

describe("the policy of a page", () => {
  test("allows scripts, styles and requests of its own origin only, and no frame", () => {
    const policy = policyOf(pageHeaders());
    for (const each of ["script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"])
      expect(policy.split("; ")).toContain(each);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  test("allows more where the page says so", () => {
    expect(policyOf(pageHeaders({ "worker-src": "blob:" }))).toMatch(/; worker-src blob:$/);
    expect(policyOf(pageHeaders({ "img-src": "data:" }))).toContain("; img-src data:;");
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

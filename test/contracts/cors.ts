// Pages of other origins: one table for GraphQL, uploads and pictures, refusals included, as a browser sees them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** The one origin that the service lists. */
export const LISTED = "http://localhost:5173";

type Target = "graphql" | "picture by id" | "upload" | "picture";

type OpenService = () => Promise<{
  /** Sends a request of a page, with a key where one is needed. */
  readonly send: (target: Target, init: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}>;

const json = { "content-type": "application/json" };
const TABLE: readonly (readonly [what: string, target: Target, init: RequestInit, status: number])[] = [
  ["an operation", "graphql", { method: "POST", headers: json, body: '{"query":"{ __typename }"}' }, 200],
  ["a refused operation", "graphql", { method: "POST", headers: json, body: "{" }, 400],
  ["an operation that is no JSON", "graphql", { method: "POST", body: "a" }, 415],
  ["a method that GraphQL lacks", "graphql", { method: "DELETE" }, 405],
  ["the address of an unknown picture", "picture by id", {}, 404],
  ["an upload that is no form", "upload", { method: "POST", body: "a" }, 400],
  ["a URL with a wrong signature", "picture", {}, 403],
];

export function contractOfCors(name: string, open: OpenService): void {
  describe(`pages of other origins: ${name}`, () => {
    let service: Awaited<ReturnType<OpenService>>;
    beforeAll(async () => {
      service = await open();
    }, 60_000);
    afterAll(() => service.close());

    test.each(TABLE)("%s (%s) is readable for listed pages only", async (_, target, init, status) => {
      const send = (origin: string) => service.send(target, { ...init, headers: { ...init.headers, origin } });
      const listed = await send(LISTED);
      expect([listed.status, listed.headers.get("access-control-allow-origin")]).toEqual([status, LISTED]);
      expect(listed.headers.get("access-control-allow-credentials")).toBeNull();
      for (const origin of ["https://evil.example", "null", `${LISTED}0`]) {
        expect((await send(origin)).headers.get("access-control-allow-origin")).toBeNull();
      }
    });

    test.each(["graphql", "picture by id"] as const)("a preflight of %s allows what is needed", async (target) => {
      const headers = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
      const preflight = await service.send(target, { method: "OPTIONS", headers: { ...headers, origin: LISTED } });
      const allowed = ["origin", "methods", "headers"].map((one) =>
        preflight.headers.get(`access-control-allow-${one}`),
      );
      expect([preflight.status, ...allowed]).toEqual([
        204,
        LISTED,
        expect.stringContaining("POST"),
        expect.stringContaining("content-type"),
      ]);
    });
  });
}

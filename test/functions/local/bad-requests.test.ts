// Bad requests to the real process: each gets its documented error, nothing is stored, and the process survives. Bad
// fields of operations are in test/schema/mutations/bad-inputs.test.ts.
import { describe, expect, test } from "vitest";
import { pictureKey, uploadKey } from "../../../infra/jobs/keys.ts";
import { OPERATION_LIMITS } from "../../../schema/server/use-operation-limits.ts";
import { Endpoints, statusAndCode } from "../../support/local/endpoints.ts";
import { DEEP, doubling, LARGE, TOO_MANY, wide } from "../../support/local/heavy.ts";

const endpoints = new Endpoints();
const HOUR_MS = 3_600_000;
/** [what, how, and the status and code that answer it] */
type Case = [string, () => Promise<unknown>, number, string];
const GENERATE = 'generate(input: { prompt: "a cat" }) { __typename }';

/** By its name, and without a trace. */
async function refused(...[_, act, status, code]: Case): Promise<void> {
  const before = await endpoints.everything();
  expect(await act()).toEqual([status, code]);
  expect(await endpoints.everything()).toEqual(before);
}

describe("an oversized or malformed request", () => {
  test.each<Case>([
    ["a body of 10 MB", () => endpoints.post(LARGE), 413, "REQUEST_ENTITY_TOO_LARGE"],
    [
      "a body of 10 MB of untold length",
      () => endpoints.post(new Blob([LARGE]).stream()),
      413,
      "REQUEST_ENTITY_TOO_LARGE",
    ],
    ["a deep query", () => endpoints.query(DEEP), 400, "LIMIT_EXCEEDED"],
    ["a wide query", () => endpoints.query(wide(OPERATION_LIMITS.aliases + 1)), 400, "LIMIT_EXCEEDED"],
    [
      "mutations under aliases",
      () => endpoints.query(`mutation { ${Array.from({ length: 16 }, (_, i) => `a${i}: ${GENERATE}`).join(" ")} }`),
      400,
      "LIMIT_EXCEEDED",
    ],
    ["fragments that double", () => endpoints.query(doubling(30)), 400, "LIMIT_EXCEEDED"],
    [
      "a costly query",
      () => endpoints.query("{ jobs(first: 100) { nodes { events(first: 500) { seq } } } }"),
      400,
      "LIMIT_EXCEEDED",
    ],
    [
      "too many variables",
      () => endpoints.query(`mutation ($input: GenerateInput!) { generate(input: $input) { __typename } }`, TOO_MANY),
      400,
      "LIMIT_EXCEEDED",
    ],
    [
      "a batch",
      () =>
        endpoints.post(
          `[${Array.from({ length: 20 }, () => `{"query":${JSON.stringify(`mutation { ${GENERATE} }`)}}`).join()}]`,
        ),
      400,
      "BAD_REQUEST",
    ],
    ["no JSON", () => endpoints.post("{"), 400, "BAD_REQUEST"],
    [
      "variables in a URL that are no JSON",
      async () =>
        statusAndCode(
          await fetch(`${endpoints.server.url}/graphql?query={viewer{owner}}&variables={`, {
            headers: endpoints.keys.ada,
          }),
        ),
      400,
      "BAD_REQUEST",
    ],
    [
      "a form",
      () => endpoints.post("query={viewer{owner}}", { "content-type": "application/x-www-form-urlencoded" }),
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "no key",
      () => endpoints.post(JSON.stringify({ query: "{ viewer { owner } }" }), { authorization: "" }),
      401,
      "UNAUTHENTICATED",
    ],
    [
      "a key that is none",
      () =>
        endpoints.post(JSON.stringify({ query: `mutation { ${GENERATE} }` }), {
          authorization: "Bearer unclip_00000000_0000000000000000000000000000000000000000",
        }),
      401,
      "UNAUTHENTICATED",
    ],
  ])("%s", refused);
});

describe("a misused URL or upload", () => {
  const read = async (change: (url: URL) => void) => {
    const url = new URL(endpoints.signer().url(pictureKey("a", 0), 60).url);
    change(url);
    return statusAndCode(await fetch(url));
  };
  test.each<Case>([
    [
      "a forged signature",
      () => read((url) => url.searchParams.set("signature", "0".repeat(64))),
      403,
      "SignatureDoesNotMatch",
    ],
    ["a longer life", () => read((url) => url.searchParams.set("expires", "9999999999")), 403, "SignatureDoesNotMatch"],
    [
      "another key",
      () =>
        read((url) => {
          url.pathname = url.pathname.replace("0.png", "1.png");
        }),
      403,
      "SignatureDoesNotMatch",
    ],
    [
      "no signature",
      () =>
        read((url) => {
          url.search = "";
        }),
      403,
      "SignatureDoesNotMatch",
    ],
    [
      "an expired URL",
      async () => statusAndCode(await fetch(endpoints.signer(HOUR_MS).url(pictureKey("a", 0), 60).url)),
      403,
      "AccessDenied",
    ],
    ["a picture that is not there", () => read(() => {}), 404, "NoSuchKey"],
    [
      "an upload of 0 bytes",
      async () => statusAndCode(await endpoints.send(await endpoints.ticket(1_000), new Uint8Array())),
      400,
      "EntityTooSmall",
    ],
    [
      "a byte more than was said",
      async () => statusAndCode(await endpoints.send(await endpoints.ticket(10), new Uint8Array(11))),
      413,
      "EntityTooLarge",
    ],
    [
      "10 MB more than was said",
      async () => statusAndCode(await endpoints.send(await endpoints.ticket(10), new Uint8Array(10_000_010))),
      413,
      "EntityTooLarge",
    ],
    [
      "an expired ticket",
      async () =>
        statusAndCode(
          await endpoints.send(
            endpoints
              .signer(HOUR_MS)
              .ticket(uploadKey("ada", "x"), { contentType: "image/png", maxBytes: 10, seconds: 60 }),
            new Uint8Array(5),
          ),
        ),
      403,
      "AccessDenied",
    ],
    [
      "a ticket for somebody else's folder",
      async () => {
        const { url, fields } = await endpoints.ticket(1_000);
        return statusAndCode(
          await endpoints.send({ url, fields: { ...fields, key: uploadKey("bob", "x") } }, new Uint8Array(5)),
        );
      },
      403,
      "AccessDenied",
    ],
    [
      "a form that is torn",
      async () => {
        const headers = { "content-type": "multipart/form-data; boundary=b" };
        return statusAndCode(
          await fetch(`${endpoints.server.url}/blobs`, {
            method: "POST",
            headers,
            body: '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nx',
          }),
        );
      },
      400,
      "MalformedPOSTRequest",
    ],
  ])("%s", refused);
});

// Invalid values for every field of every operation: each gets the expected error, nothing is stored, and the service
// responds afterwards as before.
import { beforeAll, describe, expect, test } from "vitest";
import { VARIABLE_LIMITS } from "../../../schema/server/use-operation-limits.ts";
import { expectNoTraces } from "../../support/schema/expect-no-traces.ts";
import {
  GENERATE,
  INTERPOLATE,
  MANIPULATE,
  RECONSTRUCT,
  Service,
  UPLOAD,
  VARIATIONS,
} from "../../support/schema/service.ts";
import { inputFields, wrongTypes } from "../../support/schema/wrong-types.ts";

const service = new Service();
let image = "";
beforeAll(async () => {
  image = await service.upload();
});

const LONG = "x".repeat(1_001);
const INT = 2 ** 31;
/** Strings that are not UUIDs, some as long as one by a measure that a check could use. */
const STRANGE_IDS = ["", "../../uploads/bob/x", "11111111-1111-1111-1111-111111111111", "\u0000", "\ud800", 7];

type Row = readonly [field: string, wrong: object];
const rows = (field: string, ...values: readonly unknown[]): Row[] =>
  values.map((value) => [field, { [field]: value }]);
const texts = (field: string): Row[] =>
  rows(field, "", " \t\n\u00a0\u3000\ufeff", LONG, "👩‍👩‍👧‍👦".repeat(100), "e\u0301".repeat(501));

const DRAWING: readonly Row[] = [
  ...rows("size", 1024, 128, 0, -64, 4_097), // the service's model draws 64 and 256
  ...rows("seed", -1, 2 ** 32, 1.5, 1e300),
  ...rows("steps", 1, 251, -INT),
  ...rows("guidance", -0.1, 30.1, 1e308),
];
const PRIOR: readonly Row[] = [
  ...rows("priorSteps", 1, 251),
  ["priorSteps", { prior: "AUTOREGRESSIVE", priorSteps: 10 }],
  ...rows("priorGuidance", -1, 1e9),
  ...rows("priorSamples", 0, 17),
];
const EMBEDDING: readonly Row[] = [
  ...rows("mix", [], new Array(5).fill({ prompt: "a" })),
  ...texts("prompt").map(([, item]): Row => ["mix.0.prompt", { mix: [item] }]),
  ["mix.1.image", { mix: [{ prompt: "a" }, {}] }],
  ["mix.0.image", { mix: [{ image: "x", prompt: "a" }] }],
  ["mix.0.embedding", { mix: [{ embedding: [] }] }],
  ["mix.0.embedding", { mix: [{ embedding: [0, 0] }] }],
  ["mix.0.weight", { mix: [{ prompt: "a", weight: -1 }] }],
  ...rows("weight", 1), // without a mix
  ["weight", { weight: 0, mix: [{ prompt: "a", weight: 0 }] }],
  ...rows("embeddingNoise", -0.1, 1.1),
  ...texts("negativePrompt"),
];
const JOB_OPTIONS: readonly Row[] = [
  ...rows("idempotencyKey", "", "k".repeat(201), "k\ud800"),
  ...rows("startWithinSeconds", 0, 86_401),
  ["startWithinSeconds", { startWithinSeconds: 20, endWithinSeconds: 10 }],
  ...rows("endWithinSeconds", -5, 0, INT - 1),
  ...rows("webhook", "", "somewhere", "http://example.com/", "ftp://example.com/", "javascript:alert(1)"),
  ...rows("webhook", "https://10.0.0.1/", "https://[::ffff:169.254.169.254]/", "https://user:secret@example.com/"),
  ...rows("webhook", `https://example.com/${"x".repeat(2_000)}`),
];
const COUNT = rows("count", 0, -1, 17, INT - 1);
const STORED = rows("image", ...STRANGE_IDS);
const BETWEEN = { between: [{ prompt: "a" }, { prompt: "b" }] };

/** For each mutation with an input: its query, a valid input, and the changes that make it invalid. */
const MUTATIONS = {
  generate: {
    query: GENERATE,
    right: { prompt: "a boat" },
    wrong: [
      ...texts("prompt"),
      ...COUNT,
      ["count", { count: 16, steps: 250, preset: "BEST" }],
      ...DRAWING,
      ...PRIOR,
      ...EMBEDDING,
      ...JOB_OPTIONS,
    ],
  },
  variations: {
    query: VARIATIONS,
    right: { image: "$image" },
    wrong: [...STORED, ...rows("strength", -0.01, 1.01), ...COUNT, ...DRAWING, ...EMBEDDING, ...JOB_OPTIONS],
  },
  interpolate: {
    query: INTERPOLATE,
    right: BETWEEN,
    wrong: [
      ...rows("between", [], [{ prompt: "a" }], new Array(9).fill({ prompt: "a" })),
      ...texts("prompt").map(([, end]): Row => ["between.1.prompt", { between: [{ prompt: "a" }, end] }]),
      ...STORED.map(([, end]): Row => ["between.0.image", { between: [end, { prompt: "a" }] }]),
      ...rows("frames", 1, 61),
      ["frames", { frames: 60, steps: 250 }],
      ...DRAWING,
      ...PRIOR,
      ...JOB_OPTIONS,
    ],
  },
  manipulate: {
    query: MANIPULATE,
    right: { image: "$image", to: "a dog" },
    wrong: [
      ...STORED,
      ...texts("from"),
      ...texts("to"),
      ...rows("amount", -1, 1.5),
      ...rows("frames", 0, 61),
      ["animate", { frames: 1, animate: "GIF" }],
      ...DRAWING,
      ...JOB_OPTIONS,
    ],
  },
  reconstruct: {
    query: RECONSTRUCT,
    right: { image: "$image", dimensions: [1] },
    wrong: [
      ...STORED,
      ...rows("dimensions", [], new Array(17).fill(1)),
      ["dimensions.1", { dimensions: [1, 0] }],
      // The model has embeddings of three numbers.
      ["dimensions.2", { dimensions: [1, 3, 4] }],
      ...DRAWING,
      ...JOB_OPTIONS,
    ],
  },
  createUpload: {
    query: UPLOAD,
    right: { contentType: "image/png", bytes: 10 },
    wrong: [
      ...rows("contentType", "", "image/svg+xml", "IMAGE/PNG", "image/png; charset=x", "x".repeat(15_000)),
      ...rows("bytes", 0, -1, 10_000_001, INT - 1),
    ],
  },
} as const satisfies Record<string, { query: string; right: object; wrong: readonly Row[] }>;

const fill = (input: object) => JSON.parse(JSON.stringify(input), (_, value) => (value === "$image" ? image : value));
const errorsOf = async (response: Response) => ((await response.json()) as { errors: object[] }).errors;
const show = (input: unknown) => JSON.stringify(input)?.slice(0, 60);

expectNoTraces(service);

describe.each(Object.entries(MUTATIONS))("%s returns InvalidInput", (name, { query, right, wrong }) => {
  test.each(wrong.map(([field, change]) => [field, show(change), change] as const))(
    "for %s in %s",
    async (field, _, change) => {
      const answer = await service.get(query, { input: fill({ ...right, ...change }) });
      expect(answer).toMatchObject({ __typename: "InvalidInput", code: "INVALID_INPUT", field });
      expect(answer.message).toContain(field);
      expect(answer.message.length).toBeLessThan(300);
    },
  );

  test("and this test covers every field that has bounds", () => {
    // The last part of a path such as "between.1.prompt".
    const fields = new Set(wrong.map(([field]) => field.split(".").at(-1)));
    for (const field of inputFields(name)) expect(fields).toContain(field);
  });
});

describe("a value of the wrong type is a GraphQL error", () => {
  test.each(wrongTypes().map(({ about, query, variables }) => [about, query, variables] as const))(
    "%s",
    async (_, query, variables) => {
      const { data, errors, headers } = await service.ask(query, variables);
      expect(data ?? null).toBeNull();
      expect(errors![0]!.extensions).toMatchObject({ code: "BAD_USER_INPUT", requestId: headers.get("x-request-id") });
    },
  );

  test.each([
    ["infinity", '{"prompt":"a","guidance":1e400}'],
    ["negative infinity", '{"prompt":"a","guidance":-1e400}'],
    ["nested lists", `{"prompt":${"[".repeat(90)}${"]".repeat(90)}}`],
    ["a prototype", '{"prompt":"a","__proto__":{"count":2}}'],
    ["a constructor", '{"prompt":"a","constructor":{"prototype":{"count":2}}}'],
    ["an unknown field", '{"prompt":"a","pormpt":"a"}'],
  ])("%s", async (_, input) => {
    const response = await service.fetch(`{"query":${JSON.stringify(GENERATE)},"variables":{"input":${input}}}`);
    expect(await errorsOf(response)).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});

describe("variables over the size limit are refused unread", () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `"f${i}":1`).join();
  test.each([
    ["100,000 nested lists", `{"prompt":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["50,000 nested objects", `{"prompt":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`],
    ["50,000 fields", `{${many(50_000)}}`],
    ["one field over the limit of values", `{${many(VARIABLE_LIMITS.values)}}`],
    ["300,000 items", `{"prompt":[${"1,".repeat(300_000)}1]}`],
    ["a text of 900,000 characters", `{"prompt":"${"x".repeat(900_000)}"}`],
    ["a field name of 900,000 characters", `{"${"x".repeat(900_000)}":1}`],
  ])("%s", async (_, input) => {
    const response = await service.fetch(`{"query":${JSON.stringify(GENERATE)},"variables":{"input":${input}}}`);
    expect(response.status).toBe(400);
    expect(await errorsOf(response)).toMatchObject([{ extensions: { code: "LIMIT_EXCEEDED" } }]);
  });

  test("many invalid variables get a short response", async () => {
    const wrong = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`f${i}`, "x".repeat(200)]));
    const { errors } = await service.ask(GENERATE, { input: { prompt: "a", ...wrong } });
    expect(errors!.length).toBeGreaterThan(1);
    expect(JSON.stringify(errors).length).toBeLessThan(50_000);
  });
});

describe("an unknown job id is reported as not found by", () => {
  const READS = [
    ["job", "query ($id: ID!) { job(id: $id) { id } }", { job: null }],
    ["node", "query ($id: ID!) { node(id: $id) { id } }", { node: null }],
    ["cancel", "mutation ($id: ID!) { cancel(id: $id) { ... on Error { code } } }", { cancel: { code: "NOT_FOUND" } }],
  ] as const;
  const ids = ["", "x", "\u0000", "\ud800", "🚢", "' OR 1=1 --", "x".repeat(15_000), "../x", "null"];

  test.each(READS)("%s", async (_, query, expected) => {
    for (const id of ids) expect(await service.ask(query, { id })).toMatchObject({ data: expected, errors: undefined });
  });

  test("jobEvents", async () => {
    for (const id of ids) {
      const { errors } = await service.ask("subscription ($id: ID!) { jobEvents(id: $id) { seq } }", { id });
      expect(errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
    }
  });
});

describe("a query argument out of bounds is a GraphQL error", () => {
  const jobs = "query ($first: Int! = 20, $after: String) { jobs(first: $first, after: $after) { nodes { id } } }";
  const cursor = (text: string) => Buffer.from(text).toString("base64url");
  test.each<[string, object]>([
    ...[-1, -INT, 101].map((first): [string, object] => [jobs, { first }]),
    ...["%%%", "MTIzNDU", "\u0000", "x".repeat(15_000)].map((after): [string, object] => [jobs, { after }]),
    ...["-1.a", "1.A", "1e3.a", `${"9".repeat(16)}.a`, "1.a'--"].map((after): [string, object] => [
      jobs,
      { after: cursor(after) },
    ]),
    ["subscription ($after: Int!) { jobEvents(id: 1, after: $after) { seq } }", { after: -1 }],
  ])("%s %j", async (query, variables) => {
    const { errors } = await service.ask(query, variables);
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});

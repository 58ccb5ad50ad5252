import { parse, validate } from "graphql";
import { expect, test } from "vitest";
import * as documents from "../../../functions/studio/api/documents.ts";
import { EVENTS, JOB_QUERY, mutationOf } from "../../../functions/studio/code/operations.ts";
import { schema } from "../../../schema/index.ts";

const VERBS = ["generate", "variations", "interpolate", "manipulate"] as const;
const all = [
  ...Object.values(documents).filter((document) => typeof document === "string"),
  ...VERBS.map(documents.submission),
  ...VERBS.map(mutationOf),
  EVENTS,
  JOB_QUERY,
];

test.each(all)("%s", (document) => {
  expect(validate(schema, parse(document))).toEqual([]);
});

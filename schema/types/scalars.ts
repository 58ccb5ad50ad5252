import { GraphQLError } from "graphql";
import { builder } from "../builder.ts";

/** With a zone: without one, it would be local time. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

builder.scalarType("DateTime", {
  description: "A point in time in UTC, as ISO 8601: 2026-11-23T18:30:00.000Z.",
  specifiedByURL: "https://scalars.graphql.org/andimarek/date-time.html",
  serialize: (milliseconds) => new Date(milliseconds).toISOString(),
  parseValue: (value) => {
    const time = typeof value === "string" && DATE_TIME.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(time)) throw new GraphQLError("DateTime must be a time such as 2026-11-23T18:30:00.000Z.");
    return time;
  },
});

builder.scalarType("UnsignedInt", {
  description: "An integer from 0 to 4294967295. GraphQL's Int is limited to 2147483647.",
  serialize: (value) => value,
  // The range is checked with the rest of the request, so that a wrong value is an InvalidInput like any other.
  parseValue: (value) => {
    if (typeof value !== "number") throw new GraphQLError(`UnsignedInt cannot represent ${typeof value} value.`);
    return value;
  },
});

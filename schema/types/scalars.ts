import { GraphQLError } from "graphql";
import { builder } from "../builder.ts";

builder.scalarType("DateTime", {
  description: "A moment in UTC by ISO 8601, such as 2026-11-23T18:30:00.000Z.",
  serialize: (milliseconds) => new Date(milliseconds).toISOString(),
  parseValue: () => {
    throw new GraphQLError("No input of this API is a DateTime.");
  },
});

builder.scalarType("UnsignedInt", {
  description: "A whole number from 0 to 4294967295: Int ends at half of that.",
  serialize: (value) => value,
  // The range is checked with the rest of the request, so that a wrong one is an InvalidInput like every other.
  parseValue: (value) => {
    if (typeof value !== "number") throw new GraphQLError(`UnsignedInt cannot represent ${typeof value} value.`);
    return value;
  },
});

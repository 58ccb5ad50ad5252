// The audits of the GraphQL over HTTP specification, from its reference implementation: node audits.mjs API
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2] });
const failed = results.filter(({ status }) => status !== "ok");
console.log(
  JSON.stringify({ audits: results.length, failed: failed.map(({ id, name, reason }) => `${id} ${name}: ${reason}`) }),
);

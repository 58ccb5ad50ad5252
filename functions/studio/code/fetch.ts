import type { Submission } from "../state/requests.ts";
import { JOB_QUERY, json, mutationOf, type Place } from "./operations.ts";

export function fetchCode({ verb, input }: Submission, { origin, hasKey }: Place): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the code that is written
  const key = hasKey ? "\n      authorization: `Bearer ${process.env.UNCLIP_KEY}`," : "";
  return `async function graphql(query, variables) {
  const response = await fetch("${origin}/graphql", {
    method: "POST",
    headers: {
      "content-type": "application/json",${key}
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

const input = ${json(input)};
const { ${verb}: accepted } = await graphql(
  "${mutationOf(verb)}",
  { input },
);
if (!accepted.id) throw new Error(accepted.message);

let job;
do {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  ({ job } = await graphql("${JOB_QUERY}", { id: accepted.id }));
} while (["QUEUED", "RUNNING"].includes(job.status));
for (const { url } of job.pictures) console.log(url);`;
}

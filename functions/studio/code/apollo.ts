import type { Submission } from "../state/requests.ts";
import { JOB_QUERY, json, mutationOf, type Place } from "./operations.ts";

export function apollo({ verb, input }: Submission, { origin, hasKey }: Place): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the code that is written
  const key = hasKey ? "\n  headers: { authorization: `Bearer ${process.env.UNCLIP_KEY}` }," : "";
  return `import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";

const link = new HttpLink({
  uri: "${origin}/graphql",${key}
});
const client = new ApolloClient({ link, cache: new InMemoryCache() });

const input = ${json(input)};
const { data } = await client.mutate({
  mutation: gql\`${mutationOf(verb)}\`,
  variables: { input },
  fetchPolicy: "no-cache",
});
const accepted = data.${verb};
if (!accepted.id) throw new Error(accepted.message);

let job;
do {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const answer = await client.query({
    query: gql\`${JOB_QUERY}\`,
    variables: { id: accepted.id },
    fetchPolicy: "no-cache",
  });
  job = answer.data.job;
} while (["QUEUED", "RUNNING"].includes(job.status));
for (const { url } of job.pictures) console.log(url);`;
}

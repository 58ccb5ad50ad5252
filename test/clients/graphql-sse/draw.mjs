// graphql-sse, which sends queries and mutations over its connections too: node draw.mjs API
import { createClient } from "graphql-sse";
import { scenario } from "../scenario.mjs";

const client = createClient({ url: process.argv[2] });

async function subscribe(query, variables) {
  const events = [];
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw new Error(errors[0].message);
    events.push(data);
  }
  return events;
}

const request = async (query, variables) => (await subscribe(query, variables))[0];

console.log(JSON.stringify(await scenario({ request, subscribe })));

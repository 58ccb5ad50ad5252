// graphql-request has no subscriptions, so the job is asked for its events: node draw.mjs API
import { GraphQLClient } from "graphql-request";
import { scenario } from "../scenario.mjs";

const client = new GraphQLClient(process.argv[2]);
const request = (document, variables) => client.request(document, variables);

const EVENTS = `query Events($id: ID!, $after: Int) { job(id: $id) { endedAt events(after: $after) { __typename seq
  ... on Progress { fraction stage preview { url } } ... on PictureReady { picture { id url } } } } }`;

async function subscribe(_, { id }) {
  const events = [];
  for (;;) {
    const { job } = await request(EVENTS, { id, after: events.length });
    events.push(...job.events.map((event) => ({ jobEvents: event })));
    if (job.endedAt !== null && job.events.length === 0) return events;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

console.log(JSON.stringify(await scenario({ request, subscribe })));

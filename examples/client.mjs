// A client of the GraphQL API with nothing but fetch. It runs in Node.js and in browsers.

/** Sends a query or mutation; returns the value of its one field. */
export async function request(api, query, variables = {}) {
  const response = await post(api, query, variables, "application/json");
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return Object.values(data)[0];
}

/** Submits a caption; returns the job's id. */
export async function submit(api, input) {
  const mutation = `mutation ($input: GenerateInput!) { generate(input: $input) {
    ... on Job { id } ... on Error { message } } }`;
  // The key makes it safe to send the request again.
  const job = await request(api, mutation, { input: { ...input, idempotencyKey: crypto.randomUUID() } });
  if (!job.id) throw new Error(job.message);
  return job.id;
}

const EVENTS = `subscription ($id: ID!, $after: Int!) { jobEvents(id: $id, after: $after) {
  __typename seq
  ... on Progress { stage step steps preview { url } }
  ... on PictureReady { picture { index url } }
  ... on Failed { failure { message } } } }`;
const TERMINAL = new Set(["Succeeded", "Failed", "Canceled", "Expired"]);

/** Yields every event of a job once, in order, until the terminal event. Reconnects when the stream ends early. */
export async function* follow(api, id) {
  let after = 0;
  for (;;) {
    try {
      for await (const event of stream(api, EVENTS, { id, after })) {
        if (event.seq <= after) continue;
        after = event.seq;
        yield event;
        if (TERMINAL.has(event.__typename)) return;
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch reports a broken connection as a TypeError
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** The values of a subscription over Server-Sent Events. */
async function* stream(api, query, variables) {
  const response = await post(api, query, variables, "text/event-stream");
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const messages = (text + chunk).split("\n\n");
    text = messages.pop();
    for (const message of messages) {
      const line = message.split("\n").find((one) => one.startsWith("data: {"));
      if (!line) continue;
      const { data, errors } = JSON.parse(line.slice("data: ".length));
      if (errors) throw new Error(errors[0].message);
      yield Object.values(data)[0];
    }
  }
}

async function post(api, query, variables, accept) {
  const headers = { "content-type": "application/json", accept };
  const response = await fetch(api, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response;
}

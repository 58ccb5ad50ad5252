// What each client of GraphQL does with the service. A client is two functions: `request` resolves to the data of a query
// or mutation, `subscribe` to the data of all events of a subscription.

const GENERATE = `mutation Generate($input: GenerateInput!) { generate(input: $input) {
  ... on Job { id } ... on Error { code message } ... on InvalidInput { field } } }`;
const VARIATIONS = `mutation Variations($input: VariationsInput!) { variations(input: $input) {
  ... on Job { id } ... on Error { code message } } }`;
const CREATE_UPLOAD = `mutation CreateUpload($input: CreateUploadInput!) { createUpload(input: $input) {
  ... on UploadForm { uploadId url fields { name value } } ... on Error { code message } } }`;
const JOB = `query Job($id: ID!) { job(id: $id) { id status createdAt
  request { seed size ... on VariationsRequest { image { __typename ... on Node { id } } } }
  pictures { id index url seed sources { __typename url } } } }`;
const EVENTS = `subscription Events($id: ID!) { jobEvents(id: $id) { __typename seq
  ... on Progress { fraction stage preview { url } } ... on PictureReady { picture { id url } } } }`;

const SMALL = { size: 64, preset: "DRAFT" };

/** What the client saw, which test/support/clients/expected.ts expects of all. */
export async function scenario({ request, subscribe }) {
  const follow = async (id) => (await subscribe(EVENTS, { id })).map(({ jobEvents }) => jobEvents);

  const prompt = "a red apple";
  const { generate } = await request(GENERATE, { input: { prompt, count: 2, seed: 4294967294, ...SMALL } });
  const events = await follow(generate.id);
  const ready = events.filter(({ __typename }) => __typename === "PictureReady").map(({ picture }) => picture);
  const png = Buffer.from(await (await fetch(ready[0].url)).arrayBuffer());
  const { job } = await request(JOB, { id: generate.id });

  const { variations } = await request(VARIATIONS, { input: { image: ready[0].id, ...SMALL } });
  await follow(variations.id);
  const { job: varied } = await request(JOB, { id: variations.id });

  const file = new Blob([png], { type: "image/png" });
  const { createUpload: form } = await request(CREATE_UPLOAD, { input: { contentType: file.type, bytes: file.size } });
  const body = new FormData();
  for (const { name, value } of form.fields) body.append(name, value);
  body.append("file", file);
  const { ok } = await fetch(form.url, { method: "POST", body });
  const ofUpload = await request(VARIATIONS, { input: { image: form.uploadId, ...SMALL } });
  await follow(ofUpload.variations.id);
  const { job: uploaded } = await request(JOB, { id: ofUpload.variations.id });

  const { generate: refusal } = await request(GENERATE, { input: { prompt, count: 99 } });
  return {
    events: [...new Set(events.map(({ __typename }) => __typename))],
    gaps: events.filter(({ seq }, i) => seq !== i + 1).length,
    type: png.toString("latin1", 1, 4),
    seeds: job.pictures.map(({ seed }) => seed),
    variation: { status: varied.status, ofPicture: varied.request.image.id === ready[0].id },
    upload: { ok, status: uploaded.status, of: uploaded.request.image.__typename },
    refusal: { code: refusal.code, field: refusal.field },
    unknownJob: (await request(JOB, { id: "none" })).job,
  };
}

// Operations that are right, for the fuzz to spoil.

import type { ServerProcess } from "../local/process.ts";
import type { Answer } from "../local/run-query.ts";
import { fieldsOf, uploadForm } from "../upload-form.ts";

type Operation = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };

/** A small job's end, pictures and upload, so that there is something to name. */
export type Known = {
  readonly job: string;
  readonly upload: string;
  /** Signed URL of a picture. */
  readonly picture: string;
  readonly form: { readonly url: string; readonly fields: Readonly<Record<string, string>> };
};

const RESULT = "{ __typename ... on Job { id status } ... on Error { code message } }";
/** The mutation of this name. */
export const verb = (name: string) =>
  `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) ${RESULT} }`;
const SMALL = { size: 64, preset: "DRAFT" };

export const GENERATE: Operation = { query: verb("generate"), variables: { input: { prompt: "a cat", ...SMALL } } };
export const FOLLOW =
  "subscription ($id: ID!, $after: Int! = 0) { jobEvents(id: $id, after: $after) { __typename seq } }";
export const UPLOAD = `mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
  ... on UploadForm { uploadId url fields { name value } } ... on InvalidInput { field } } }`;

export function operations({ job, upload }: Known): Operation[] {
  return [
    GENERATE,
    { query: verb("variations"), variables: { input: { image: upload, strength: 0.5, count: 1, ...SMALL } } },
    { query: verb("manipulate"), variables: { input: { image: upload, to: "a dog", ...SMALL } } },
    {
      query: verb("interpolate"),
      variables: { input: { between: [{ prompt: "a" }, { image: upload }], frames: 2, ...SMALL } },
    },
    { query: UPLOAD, variables: { input: { contentType: "image/png", bytes: 100 } } },
    { query: "mutation ($id: ID!) { cancel(id: $id) { __typename } }", variables: { id: job } },
    {
      query: `query ($id: ID!, $after: Int! = 0) { job(id: $id) { status request { seed } pictures { url }
        events(after: $after) { __typename seq } } node(id: $id) { id } }`,
      variables: { id: job, after: 1 },
    },
    {
      query: `query ($first: Int! = 5, $after: String, $status: [JobStatus!]) {
        jobs(first: $first, after: $after, status: $status) { edges { cursor node { id } } pageInfo { endCursor } } }`,
      variables: { first: 3, status: ["SUCCEEDED"] },
    },
    { query: "{ models { name } viewer { owner quota picturesInFlight webhookSecret } }", variables: {} },
    { query: FOLLOW, variables: { id: job } },
  ];
}

/** Draws one picture and sends it back as an upload. */
export async function know(server: ServerProcess): Promise<Known> {
  const job = (await server.runQuery(GENERATE.query, GENERATE.variables)).generate.id;
  const read = async () =>
    (await server.runQuery("query ($id: ID!) { job(id: $id) { status pictures { url } } }", { id: job })).job;
  let received: Answer = await read();
  while (received.status === "QUEUED" || received.status === "RUNNING") received = await read();
  const picture = received.pictures[0].url;
  const bytes = await (await fetch(picture)).arrayBuffer();
  const input = { contentType: "image/png", bytes: bytes.byteLength };
  const { uploadId: id, url, ...upload } = (await server.runQuery(UPLOAD, { input })).createUpload;
  const fields = fieldsOf(upload.fields);
  const sent = await fetch(url, { method: "POST", body: uploadForm(fields, new Blob([bytes])) });
  if (sent.status !== 204) throw new Error(`The upload was answered ${sent.status}`);
  return { job, upload: id, picture, form: { url, fields } };
}

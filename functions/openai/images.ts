// OpenAI's Images API for DALL·E 2 (platform.openai.com/docs/api-reference/images) over the jobs of this service: programs
// written for it need another base URL and key only. Requests are submitted as GraphQL operations, so that every check and
// limit is the same.
import { randomUUID } from "node:crypto";
import { isTerminal, type JobRecord } from "../../infra/jobs/job.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Tenant } from "../../infra/jobs/tenant.ts";
import type { Blobs } from "../../infra/ports.ts";
import { pictureType } from "../../models/picture-type.ts";
import { type Api, type ApiOptions, addHeaders, DEFAULT_POLICY } from "../../schema/index.ts";
import { askGraphql } from "../graphql-request.ts";
import { errorResponse, invalidField, OpenAiError } from "./error.ts";
import { type Parameters, parseParameters, readForm, readJson } from "./parameters.ts";

type Parts = {
  readonly api: Pick<Api, "yoga" | "corsHeaders">;
  readonly jobs: Pick<Jobs, "of">;
  readonly blobs: Pick<Blobs, "get" | "put" | "signGet">;
  readonly authenticate: ApiOptions["authenticate"];
  /** Longest wait for a job. After it the job is canceled, and the answer is 504. */
  readonly waitMs: number;
};

/** Room for the other fields of a form. */
const FORM_BYTES = 100_000;

/** Handles requests whose path begins with "/v1/". */
export function openAiImages(parts: Parts): (request: Request) => Promise<Response> {
  return async (request) => {
    const cors = parts.api.corsHeaders(request);
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: cors });
    const response = await handle(request, parts).catch((error: unknown) => {
      if (error instanceof OpenAiError) return errorResponse(error);
      throw error;
    });
    return addHeaders(response, cors);
  };
}

async function handle(request: Request, parts: Parts): Promise<Response> {
  const { pathname } = new URL(request.url);
  const action = ACTIONS[pathname];
  if (action === undefined) throw new OpenAiError(404, `Unknown path ${pathname}.`, { code: "unknown_url" });
  if (request.method !== "POST")
    throw new OpenAiError(405, `${pathname} takes POST only.`, { code: "method_not_supported" });
  const viewer = await parts.authenticate(request.headers);
  if (!viewer) throw new OpenAiError(401, "Incorrect API key provided.", { code: "invalid_api_key" });
  const tenant = parts.jobs.of(viewer.owner);
  const { mutation, input, parameters } = await action(request, tenant, parts);
  const { count, size } = parameters;
  const id = await submit(mutation, { ...input, count, ...(size !== undefined && { size }) }, request, parts);
  const job = await waitForEnd(tenant, id, AbortSignal.any([request.signal, AbortSignal.timeout(parts.waitMs)]));
  const created = Math.floor(job.createdAt / 1000);
  return Response.json({ created, data: await Promise.all(job.drawn.map((one) => show(one.key, parameters, parts))) });
}

type Submission = {
  readonly mutation: "generate" | "variations";
  readonly input: object;
  readonly parameters: Parameters;
};
type Action = (request: Request, tenant: Tenant, parts: Parts) => Promise<Submission>;

const ACTIONS: Readonly<Record<string, Action>> = {
  "/v1/images/generations": async (request) => {
    const body = await readJson(request, DEFAULT_POLICY.bodyBytes);
    const { prompt } = body;
    if (typeof prompt !== "string") throw invalidField("prompt", "must be a string");
    return { mutation: "generate", input: { prompt }, parameters: parseParameters(body) };
  },
  "/v1/images/variations": async (request, tenant, { blobs }) => {
    const form = await readForm(request, DEFAULT_POLICY.uploadBytes + FORM_BYTES);
    const file = form.get("image");
    if (file === null || typeof file === "string") throw invalidField("image", "must be a file");
    const parameters = parseParameters(Object.fromEntries(form));
    const bytes = new Uint8Array(await file.arrayBuffer());
    const contentType = pictureType(bytes);
    if (contentType === undefined) throw invalidField("image", "must be a PNG, JPEG or WebP file");
    const upload = randomUUID();
    await blobs.put(tenant.uploadKey(upload)!, { bytes, contentType });
    return { mutation: "variations", input: { image: upload }, parameters };
  },
};

const RESULT = `... on Job { id } ... on Error { code message } ... on InvalidInput { field } ... on ContentRejected { field }`;
const TYPES = { generate: "GenerateInput", variations: "VariationsInput" } as const;
/** Names of fields in OpenAI's API, where they differ. */
const PARAMS: Readonly<Record<string, string>> = { count: "n" };
const STATUSES: Readonly<Record<string, number>> = { QUOTA_EXCEEDED: 429 };
const CODES: Readonly<Record<string, string>> = {
  QUOTA_EXCEEDED: "rate_limit_exceeded",
  CONTENT_REJECTED: "content_policy_violation",
};

type Refusal = { readonly code: string; readonly message: string; readonly field?: string };

/** Returns the job's id. Throws OpenAiError. */
async function submit(
  mutation: Submission["mutation"],
  input: object,
  request: Request,
  { api }: Parts,
): Promise<string> {
  const query = `mutation ($input: ${TYPES[mutation]}!) { ${mutation}(input: $input) { ${RESULT} } }`;
  const { response, data, errors } = await askGraphql<Record<string, { id: string } | Refusal>>(api, request, query, {
    input,
  });
  const answer = data?.[mutation];
  if (answer === undefined) {
    throw new OpenAiError(response.status < 500 ? 400 : 500, errors[0]?.message ?? "The request was refused.");
  }
  if ("id" in answer) return answer.id;
  const { code, message, field } = answer;
  const param = field === undefined ? null : (PARAMS[field] ?? field);
  throw new OpenAiError(STATUSES[code] ?? 400, message, { code: CODES[code] ?? "invalid_value", param });
}

/** Waits until the job has ended. Cancels it when the wait is over, because no one would learn its id. Throws OpenAiError. */
async function waitForEnd(tenant: Tenant, id: string, signal: AbortSignal): Promise<JobRecord> {
  let newest: JobRecord | undefined;
  for await (const { record } of (await tenant.watch(id, 0, signal)) ?? []) newest = record;
  if (newest === undefined || !isTerminal(newest)) {
    await tenant.cancel(id);
    throw new OpenAiError(504, "The pictures took too long and were canceled.", { code: "timeout" });
  }
  if (newest.status === "SUCCEEDED") return newest;
  const message = newest.failure?.message ?? `The job ended as ${newest.status}.`;
  const wrong = newest.failure?.code === "INVALID_PICTURE" || newest.failure?.code === "INVALID_REQUEST";
  throw new OpenAiError(wrong ? 400 : 500, message, { code: newest.failure?.code.toLowerCase() ?? "canceled" });
}

async function show(key: string, { format }: Parameters, { blobs }: Parts): Promise<object> {
  if (format === "url") return { url: (await blobs.signGet(key, DEFAULT_POLICY.urlSeconds)).url };
  const blob = await blobs.get(key);
  if (blob === undefined) throw new OpenAiError(500, "A picture was deleted before it was sent.");
  return { b64_json: Buffer.from(blob.bytes).toString("base64") };
}

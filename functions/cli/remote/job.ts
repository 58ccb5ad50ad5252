// One job at a service, from its request to its pictures.
import { randomUUID } from "node:crypto";
import { type ErrorCode, UnclipError } from "../../../models/errors.ts";
import type { Control, Progress, Result } from "../../../models/types.ts";
import { download } from "./download.ts";
import { follow, type JobEvent } from "./events.ts";
import { retry } from "./retry.ts";
import type { Service } from "./service.ts";

export type Verb = "generate" | "variations" | "interpolate" | "manipulate";

/** Throws UnclipError; a job that was canceled here is canceled there, too. */
export async function draw(service: Service, verb: Verb, input: object, control: Control): Promise<Result> {
  const { signal } = control;
  const id = await submit(service, verb, input, signal);
  try {
    for await (const event of follow(service, id, signal)) hear(event, control);
    return await download(service, id, control);
  } catch (error) {
    if (signal?.aborted) await cancel(service, id);
    throw error;
  }
}

type Refusal = { readonly code: string; readonly message: string; readonly field?: string };

/** The job's id. No abort cuts the question off: a job whose id never came could not be canceled. */
async function submit(service: Service, verb: Verb, input: object, signal: AbortSignal | undefined): Promise<string> {
  const type = `${verb[0]!.toUpperCase()}${verb.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${verb}(input: $input) {
    ... on Job { id }
    ... on Error { code message }
    ... on InvalidInput { field }
    ... on ContentRejected { field }
  } }`;
  // By the key, an answer that was lost is given again and no second job is made.
  const variables = { input: { ...input, idempotencyKey: randomUUID() } };
  const answer = await retry(() => service.ask<{ readonly id: string } | Refusal>(query, variables), signal);
  if ("id" in answer) return answer.id;
  const { code, message, field } = answer;
  const wrong = code === "INVALID_INPUT" || code === "CONTENT_REJECTED";
  throw new UnclipError(wrong ? "INVALID_REQUEST" : "INTERNAL", message, { field });
}

function hear(event: JobEvent, { onProgress }: Control): void {
  switch (event.__typename) {
    case "Progress": {
      const { stage, pictureIndex: picture, pictureCount: pictures, step, steps } = event;
      onProgress?.({ stage: stage as Progress["stage"], picture, pictures, step, steps });
      break;
    }
    case "Failed":
      throw new UnclipError(codeOf(event.failure.code), event.failure.message);
    case "Canceled":
      throw new UnclipError("INTERNAL", "somebody else canceled the job");
    case "Expired": {
      const what = event.deadline === "START" ? "no worker was free for it in time" : "it was not over in time";
      throw new UnclipError("INTERNAL", `the job expired: ${what}`);
    }
  }
}

const OWN: readonly ErrorCode[] = ["INVALID_REQUEST", "INVALID_PICTURE", "NUMERIC_FAILURE"];

/** The engine's own codes keep their exit codes; the service's others are failures. */
function codeOf(code: string): ErrorCode {
  return OWN.find((own) => own === code) ?? "INTERNAL";
}

async function cancel(service: Service, id: string): Promise<void> {
  const query = "mutation ($id: ID!) { cancel(id: $id) { __typename } }";
  await service.ask(query, { id }, AbortSignal.timeout(5_000)).catch((cause: unknown) => {
    throw new UnclipError("INTERNAL", `stopped, but ${service.name} could not be told: it may still draw ${id}`, {
      cause,
    });
  });
}

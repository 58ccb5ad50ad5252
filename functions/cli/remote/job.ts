// Runs one job on a service, from its request to its pictures.
import { randomUUID } from "node:crypto";
import { type ErrorCode, UnclipError } from "../../../models/errors.ts";
import type { Control, Progress, Result } from "../../../models/types.ts";
import { download } from "./download.ts";
import { follow, type JobEvent } from "./events.ts";
import { retry } from "./retry.ts";
import type { Service } from "./service.ts";

export type Verb = "generate" | "variations" | "interpolate" | "manipulate" | "reconstruct";

/** Throws UnclipError. An abort of the signal cancels the job on the service. */
export async function runJob(service: Service, verb: Verb, input: object, control: Control): Promise<Result> {
  const { signal } = control;
  const id = await submit(service, verb, input, signal);
  try {
    for await (const event of follow(service, id, signal)) handleEvent(event, control);
    return await download(service, id, control);
  } catch (error) {
    if (signal?.aborted) await cancel(service, id);
    throw error;
  }
}

type Refusal = {
  readonly message: string;
  readonly retryable: boolean;
  readonly field?: string;
};

/** Returns the job's id. Ignores the signal during the request: without the id, the job could not be canceled. */
async function submit(service: Service, verb: Verb, input: object, signal: AbortSignal | undefined): Promise<string> {
  const type = `${verb[0]!.toUpperCase()}${verb.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${verb}(input: $input) {
    ... on Job { id }
    ... on Error { message retryable }
    ... on InvalidInput { field }
    ... on ContentRejected { field }
  } }`;
  // With the key, a retry after a lost response returns the same job.
  const variables = { input: { ...input, idempotencyKey: randomUUID() } };
  const answer = await retry(() => service.query<{ readonly id: string } | Refusal>(query, variables), signal);
  if ("id" in answer) return answer.id;
  const { message, field, retryable } = answer;
  throw new UnclipError(retryable ? "INTERNAL" : "INVALID_REQUEST", message, { field });
}

function handleEvent(event: JobEvent, { onProgress }: Control): void {
  switch (event.__typename) {
    case "Progress": {
      const { stage, pictureIndex: picture, pictureCount: pictures, step, steps } = event;
      onProgress?.({ stage: stage as Progress["stage"], picture, pictures, step, steps });
      break;
    }
    case "Failed":
      throw new UnclipError(toErrorCode(event.failure.code), event.failure.message);
    case "Canceled":
      throw new UnclipError("INTERNAL", "another client canceled the job");
    case "Expired": {
      const what = event.deadline === "START" ? "no worker started it in time" : "it did not finish in time";
      throw new UnclipError("INTERNAL", `the job expired: ${what}`);
    }
  }
}

const ENGINE_CODES: readonly ErrorCode[] = ["INVALID_REQUEST", "INVALID_PICTURE", "NUMERIC_FAILURE"];

/** The engine's codes stay, for their exit codes; the service's other codes become INTERNAL. */
function toErrorCode(code: string): ErrorCode {
  return ENGINE_CODES.find((known) => known === code) ?? "INTERNAL";
}

async function cancel(service: Service, id: string): Promise<void> {
  const query = "mutation ($id: ID!) { cancel(id: $id) { __typename } }";
  await service.query(query, { id }, AbortSignal.timeout(5_000)).catch((cause: unknown) => {
    throw new UnclipError(
      "INTERNAL",
      `stopped, but the job could not be canceled: ${service.name} may still draw ${id}`,
      {
        cause,
      },
    );
  });
}

// Follows a job's events over Server-Sent Events. A broken stream is resumed after the last event.
import { UnclipError } from "../../../models/errors.ts";
import { pause, RETRY_DELAYS_MS, throwIfPermanent } from "./retry.ts";
import type { Service } from "./service.ts";

/** The service sends at least a comment every 12 seconds. */
const IDLE_TIMEOUT_MS = 45_000;

const FOLLOW = `subscription ($id: ID!, $after: Int!) { jobEvents(id: $id, after: $after) {
  __typename seq
  ... on Progress { stage pictureIndex pictureCount step steps }
  ... on Failed { failure { code message } }
  ... on Expired { deadline }
} }`;

type Seq = { readonly seq: number };
type Step = { stage: string; pictureIndex: number; pictureCount: number; step: number; steps: number };
export type JobEvent = Seq &
  (
    | ({ readonly __typename: "Progress" } & Readonly<Step>)
    | { readonly __typename: "Failed"; readonly failure: { readonly code: string; readonly message: string } }
    | { readonly __typename: "Expired"; readonly deadline: "START" | "END" }
    | { readonly __typename: "Succeeded" | "Canceled" }
    | { readonly __typename: "Queued" | "Provisioning" | "Started" | "PictureReady" | "Retrying" | "Released" }
  );

const TERMINAL_EVENTS: readonly JobEvent["__typename"][] = ["Succeeded", "Failed", "Canceled", "Expired"];

/** Ends after the job's last event. Throws UnclipError if the service stays unreachable or does not know the job. */
export async function* follow(service: Service, id: string, signal: AbortSignal | undefined): AsyncGenerator<JobEvent> {
  let after = 0;
  let tries = 0;
  for (;;) {
    try {
      for await (const event of stream(service, id, after, signal)) {
        after = event.seq;
        tries = 0;
        yield event;
        if (TERMINAL_EVENTS.includes(event.__typename)) return;
      }
      // A normal end of the stream: on AWS every stream ends after some minutes, even while the job still waits.
      tries = 0;
    } catch (error) {
      throwIfPermanent(error, signal);
    }
    const milliseconds = RETRY_DELAYS_MS[tries++];
    if (milliseconds === undefined) {
      throw new UnclipError("INTERNAL", `lost the connection to ${service.name}; it may still draw the job ${id}`);
    }
    await pause(milliseconds, signal);
  }
}

async function* stream(service: Service, id: string, after: number, signal?: AbortSignal): AsyncGenerator<JobEvent> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), IDLE_TIMEOUT_MS);
  const either = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
  try {
    const response = await service.stream(FOLLOW, { id, after }, either);
    for await (const data of messages(service, response, () => timer.refresh())) {
      yield service.parseValue<JobEvent>(data);
    }
  } finally {
    clearTimeout(timer);
    // Closes the connection if the stream was not read to its end.
    idle.abort();
  }
}

/** The data of each event; events without data are skipped. */
async function* messages(service: Service, response: Response, onChunk: () => void): AsyncGenerator<string> {
  let text = "";
  try {
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
      // Not a stream but a JSON error.
      yield await response.text();
      return;
    }
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      onChunk();
      const parts = `${text}${chunk}`.split("\n\n");
      text = parts.pop()!;
      for (const part of parts) {
        const data = /^data: *(\S.*)$/m.exec(part)?.[1];
        if (data !== undefined) yield data;
      }
    }
  } catch (error) {
    throw error instanceof UnclipError ? error : service.unreachable(error);
  }
}

// A job's log, followed over Server-Sent Events; a stream that breaks is taken up after the last event.
import { UnclipError } from "../../../models/errors.ts";
import { checkPassing, PAUSES, pause } from "./retry.ts";
import type { Service } from "./service.ts";

/** The service sends something every 12 seconds, if only a comment. */
const SILENCE_MS = 45_000;

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

const LAST: readonly JobEvent["__typename"][] = ["Succeeded", "Failed", "Canceled", "Expired"];

/** Ends after the job's last event. Throws UnclipError when the service stays away, or does not know the job. */
export async function* follow(service: Service, id: string, signal: AbortSignal | undefined): AsyncGenerator<JobEvent> {
  let after = 0;
  let tries = 0;
  for (;;) {
    try {
      for await (const event of stream(service, id, after, signal)) {
        after = event.seq;
        tries = 0;
        yield event;
        if (LAST.includes(event.__typename)) return;
      }
      // It ended in order, as on AWS each does after some minutes, also while the job still waits.
      tries = 0;
    } catch (error) {
      checkPassing(error, signal);
    }
    const milliseconds = PAUSES[tries++];
    if (milliseconds === undefined) {
      throw new UnclipError("INTERNAL", `${service.name} stays away; it may still draw the job ${id}`);
    }
    await pause(milliseconds, signal);
  }
}

async function* stream(service: Service, id: string, after: number, signal?: AbortSignal): AsyncGenerator<JobEvent> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  try {
    const response = await service.stream(FOLLOW, { id, after }, either);
    for await (const data of messages(service, response, () => timer.refresh())) {
      yield service.valueOf<JobEvent>(data);
    }
  } finally {
    clearTimeout(timer);
    // Hangs up, when it was not read to its end.
    silence.abort();
  }
}

/** The data of each message that has some. */
async function* messages(service: Service, response: Response, heard: () => void): AsyncGenerator<string> {
  let text = "";
  try {
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
      // No stream, but why there is none.
      yield await response.text();
      return;
    }
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      heard();
      const parts = `${text}${chunk}`.split("\n\n");
      text = parts.pop()!;
      for (const part of parts) {
        const data = /^data: *(\S.*)$/m.exec(part)?.[1];
        if (data !== undefined) yield data;
      }
    }
  } catch (error) {
    throw error instanceof UnclipError ? error : service.lost(error);
  }
}

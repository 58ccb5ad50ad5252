import { ConnectionError } from "./errors.ts";

type ServerSentEvent = { readonly event: string; readonly data: string };

/** The server sends a comment at least every 12 s, so a longer silence means a broken connection. */
const SILENCE_MS = 30_000;

/** Splits a text/event-stream into events. Throws when the connection breaks or is silent for too long. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await within(SILENCE_MS, reader.read()).catch((cause) => {
        throw new ConnectionError("The connection broke.", { cause });
      });
      if (done) return;
      const blocks = (rest + value).split(/\r?\n\r?\n/);
      rest = blocks.pop()!;
      for (const block of blocks) yield parse(block);
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

/** Unlike in the standard, comments are events without a name. */
function parse(block: string): ServerSentEvent {
  let event = "";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ""] = /^(\w*): ?(.*)$/.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return { event, data: data.join("\n") };
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The connection is silent.")), milliseconds);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

// Draws with a deployment over each of its transports.
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { Finding } from "../../../infra/aws/finding.ts";
import { attempt } from "../../../infra/aws/live.ts";
import type { Deployment } from "../../cli/deployments.ts";
import { openRemote } from "../../cli/remote/engine.ts";

/** As long as a GPU machine may take to start. */
const JOB_MS = 20 * 60_000;
const PROMPT = "a red apple";

const GENERATE = `mutation ($input: GenerateInput!) { generate(input: $input) { ... on Job { id } ... on Error { message } } }`;
const FOLLOW = `subscription ($id: ID!) { jobEvents(id: $id) { __typename ... on Failed { failure { message } } } }`;

/** Never rejects. */
export async function draw(deployment: Deployment): Promise<readonly Finding[]> {
  return [
    ...(await attempt("HTTP, server-sent events, picture URL", () => drawOverHttp(deployment))),
    ...(await attempt("WebSocket", () => drawOverSocket(deployment))),
  ];
}

/** As `unclip generate` does: submits over HTTP, follows over server-sent events, and opens the URL without the key. */
async function drawOverHttp({ key, outputs }: Deployment): Promise<Omit<Finding, "subject">> {
  const began = performance.now();
  const signal = AbortSignal.timeout(JOB_MS);
  const service = await openRemote(outputs.Url, key, signal);
  const { pictures } = await service.generate({ prompt: PROMPT }, { signal });
  return { state: "ok", found: `${pictures[0]!.png.length} bytes after ${seconds(began)}` };
}

async function drawOverSocket({ key, outputs }: Deployment): Promise<Omit<Finding, "subject">> {
  const began = performance.now();
  const client = createClient({
    url: outputs.SocketUrl ?? outputs.Url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  try {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const submitted = client.iterate({ query: GENERATE, variables: { input: { prompt: PROMPT, seed } } });
    const job = first((await submitted.next()).value)?.generate as { id?: string; message?: string } | undefined;
    if (job?.id === undefined) throw new Error(job?.message ?? "the mutation has no answer");
    const types: string[] = [];
    for await (const event of client.iterate({ query: FOLLOW, variables: { id: job.id } })) {
      const { __typename, failure } = first(event)!.jobEvents as { __typename: string; failure?: { message: string } };
      if (failure !== undefined) throw new Error(failure.message);
      types.push(__typename);
    }
    if (types.at(-1) !== "Succeeded") throw new Error(`the events end with ${types.at(-1) ?? "none"}`);
    return { state: "ok", found: `${types.length} events after ${seconds(began)}` };
  } catch (error) {
    // graphql-ws rejects with a list of errors, or with an event of the socket.
    throw error instanceof Error ? error : new Error(messageOf(error));
  } finally {
    await client.dispose();
  }
}

type Result = {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string }[];
};

function first(result: Result | undefined): Record<string, unknown> | undefined {
  if (result?.errors) throw new Error(result.errors[0]!.message);
  return result?.data ?? undefined;
}

function messageOf(error: unknown): string {
  if (Array.isArray(error)) return error.map(({ message }) => message).join("; ");
  const { message, code, reason } = error as {
    readonly message?: string;
    readonly code?: number;
    readonly reason?: string;
  };
  return message ?? `the socket closed with ${code} ${reason}`;
}

const seconds = (began: number) => `${((performance.now() - began) / 1_000).toFixed(1)} s`;

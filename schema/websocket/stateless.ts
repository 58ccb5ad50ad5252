// Operations of sockets that no process holds open, such as those of API Gateway: each message is a call of its own. A
// subscription is checked when it comes, and asked for its answers whenever there is an event to answer for; in between it
// is a row of somebody's table.
import { type ExecutionResult, GraphQLError, getOperationAST } from "graphql";
import type { JobEvent, JobRecord } from "../../infra/jobs/job.ts";
import type { ObservedEvent } from "../../infra/jobs/watch.ts";
import type { ApiOptions, Context, Viewer } from "../context.ts";
import { mayConnect } from "../server/cors.ts";
import { requestIdOf } from "../server/use-request.ts";
import type { MaskedError, MaskedResult, SubscribePayload } from "./messages.ts";
import {
  maskErrors,
  maskExecutionResult,
  prepareOperation,
  type RequestOrigin,
  type Runs,
  toGraphQLError,
  type Yoga,
} from "./prepare-operation.ts";

export type Refused = { readonly type: "REFUSED"; readonly errors: readonly MaskedError[] };
export type Answered = { readonly type: "ANSWERED"; readonly result: MaskedResult };
/** A subscription to a job's events after number `after`, by somebody who may see them. */
export type Follows = { readonly type: "FOLLOWS"; readonly job: string; readonly after: number };

export type StatelessOperations = {
  /** Whether a page of this origin may open a socket at all; by the upgrade's headers. */
  mayOpen(headers: Headers): boolean;
  /** Answers an operation, or says what it follows. Never rejects. */
  begin(payload: SubscribePayload, viewer: Viewer): Promise<Refused | Answered | Follows>;
  /** What a subscription says of these events of a record, one answer each, in their order. */
  tell(
    payload: SubscribePayload,
    viewer: Viewer,
    record: JobRecord,
    events: readonly JobEvent[],
  ): Promise<Refused | AsyncIterable<MaskedResult>>;
  /** Logs the error whole; what may be told of it. */
  masked(error: unknown): readonly MaskedError[];
};

type Options = Pick<ApiOptions, "jobs" | "log"> & { readonly cors: readonly string[] };

export function createStatelessOperations(yoga: Yoga, { jobs, cors, log }: Options): StatelessOperations {
  const facts = () => ({ requestId: requestIdOf(new Headers()), log });
  const refused = (errors: readonly GraphQLError[], of = facts()): Refused => {
    return { type: "REFUSED", errors: maskErrors(errors, of) };
  };
  /** Runs the operation to its result or results; an array of errors when it may not. */
  const run = async (payload: SubscribePayload, requestId: string, asker: RequestOrigin) => {
    const args = await prepareOperation(yoga, payload, { requestId, ...asker });
    if (Array.isArray(args)) return { errors: args };
    const operation = getOperationAST(args.document, args.operationName);
    if (!operation) return { errors: [unresolved()] };
    const { execute, subscribe } = args.rootValue as Runs;
    const result = await (operation.operation === "subscription" ? subscribe : execute)(args);
    return { result };
  };

  return {
    mayOpen: (headers) => mayConnect(headers, cors),
    begin: async (payload, viewer) => {
      const { requestId } = facts();
      const of = { requestId, log };
      let follows: Pick<Follows, "job" | "after"> | undefined;
      const watch: Context["watch"] = async (owner, job, after) => {
        if (!(await jobs.get(owner, job))) return undefined;
        follows = { job, after };
        return sightings([]);
      };
      try {
        const { errors, result } = await run(payload, requestId, { viewer, watch });
        if (errors) return refused(errors, of);
        if (!isStream(result)) return { type: "ANSWERED", result: maskExecutionResult(result, of) as MaskedResult };
        await result.return();
        return { type: "FOLLOWS", ...follows! };
      } catch (error) {
        return refused([toGraphQLError(error)], of);
      }
    },
    tell: async (payload, viewer, record, events) => {
      const { requestId } = facts();
      const of = { requestId, log };
      const watch: Context["watch"] = async (owner, job) =>
        record.owner === owner && record.id === job ? sightings(events.map((event) => ({ event, record }))) : undefined;
      const { errors, result } = await run(payload, requestId, { viewer, watch });
      if (errors) return refused(errors, of);
      if (!isStream(result)) return refused(result.errors ?? [], of);
      return mapped(result, (one) => maskExecutionResult(one, of) as MaskedResult);
    },
    masked: (error) => maskErrors([toGraphQLError(error)], facts()),
  };
}

/** As Yoga says it over HTTP. */
function unresolved(): GraphQLError {
  const extensions = { code: "OPERATION_RESOLUTION_FAILURE" };
  return new GraphQLError("Could not determine what operation to execute.", { extensions });
}

async function* sightings(known: readonly ObservedEvent[]): AsyncGenerator<ObservedEvent, void, undefined> {
  yield* known;
}

async function* mapped<A, B>(source: AsyncIterable<A>, map: (one: A) => B): AsyncGenerator<B, void, undefined> {
  for await (const one of source) yield map(one);
}

function isStream(
  result: ExecutionResult | AsyncGenerator<ExecutionResult, void>,
): result is AsyncGenerator<ExecutionResult, void> {
  return Symbol.asyncIterator in result;
}

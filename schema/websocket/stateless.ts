// Operations on sockets that no process holds open, such as those of API Gateway: each message is a separate call. A
// subscription is validated when it arrives and stored by the caller; it is executed again whenever its job has new events.
import { type ExecutionResult, GraphQLError, getOperationAST } from "graphql";
import type { OwnerPosition } from "../../infra/jobs/owner-position.ts";
import type { ObservedEvent } from "../../infra/jobs/watch.ts";
import type { OwnerEvent } from "../../infra/jobs/watch-owner.ts";
import type { ApiOptions, Viewer, Watches } from "../context.ts";
import type { Origins } from "../server/cors.ts";
import { requestIdOf } from "../server/use-request-id.ts";
import { maskMessageErrors, maskMessageResult } from "./mask-message.ts";
import type { MaskedError, MaskedResult, SubscribePayload } from "./messages.ts";
import {
  type OperationRunners,
  prepareOperation,
  type RequestOrigin,
  toGraphQLError,
  type Yoga,
} from "./prepare-operation.ts";

type Refused = { readonly type: "REFUSED"; readonly errors: readonly MaskedError[] };
type Answered = { readonly type: "ANSWERED"; readonly result: MaskedResult };
/** A subscription to a job's events after number `after`, or to those of all jobs, by a viewer who may see them. */
type Follows =
  | { readonly type: "FOLLOWS"; readonly job: string; readonly after: number }
  | { readonly type: "FOLLOWS_ALL"; readonly after: OwnerPosition };

/** The events at hand: of the one job or of all the viewer's jobs that the subscription follows. */
export type EventsAtHand =
  | { readonly job: string; readonly events: readonly ObservedEvent[] }
  | { readonly job?: undefined; readonly events: readonly OwnerEvent[] };

export type StatelessOperations = {
  /** Whether the upgrade's headers come from an allowed origin. */
  mayConnect(headers: Headers): boolean;
  /** Runs a query or mutation, or says which jobs a subscription follows. Never rejects. */
  start(payload: SubscribePayload, viewer: Viewer): Promise<Refused | Answered | Follows>;
  /** Executes a subscription for events of jobs of the viewer: one result per event, in order. */
  execute(
    payload: SubscribePayload,
    viewer: Viewer,
    atHand: EventsAtHand,
  ): Promise<Refused | AsyncIterable<MaskedResult>>;
  /** Logs the error and returns what the client may see of it. */
  maskError(error: unknown): readonly MaskedError[];
};

type Options = Pick<ApiOptions, "jobs" | "log"> & { readonly origins: Origins };

export function createStatelessOperations(yoga: Yoga, { jobs, log, origins }: Options): StatelessOperations {
  const newContext = () => ({ requestId: requestIdOf(new Headers()), log });
  const refused = (errors: readonly GraphQLError[], context = newContext()): Refused => {
    return { type: "REFUSED", errors: maskMessageErrors(errors, context) };
  };
  /** The operation's result or stream of results, or the errors for which it cannot run. */
  const run = async (payload: SubscribePayload, requestId: string, origin: RequestOrigin) => {
    const args = await prepareOperation(yoga, payload, { requestId, ...origin });
    if (Array.isArray(args)) return { errors: args };
    const operation = getOperationAST(args.document, args.operationName);
    if (!operation) return { errors: [unresolved()] };
    const { execute, subscribe } = args.rootValue as OperationRunners;
    const result = await (operation.operation === "subscription" ? subscribe : execute)(args);
    return { result };
  };

  return {
    mayConnect: (headers) => origins.mayConnect(headers),
    start: async (payload, viewer) => {
      const context = newContext();
      const tenant = jobs.of(viewer.owner);
      let follows: Follows | undefined;
      const watches: Watches = {
        watch: async (job, after) => {
          if (!(await tenant.get(job))) return undefined;
          follows = { type: "FOLLOWS", job, after };
          return streamOf([]);
        },
        watchAll: async (from) => {
          follows = { type: "FOLLOWS_ALL", after: await tenant.startOfEvents(from) };
          return streamOf([]);
        },
      };
      try {
        const { errors, result } = await run(payload, context.requestId, { viewer, watches });
        if (errors) return refused(errors, context);
        if (!isStream(result)) return { type: "ANSWERED", result: maskMessageResult(result, context) as MaskedResult };
        await result.return();
        return follows!;
      } catch (error) {
        return refused([toGraphQLError(error)], context);
      }
    },
    execute: async (payload, viewer, atHand) => {
      const context = newContext();
      const isOwn = atHand.events.every(({ record }) => record.owner === viewer.owner);
      const watches: Watches = {
        watch: async (job) => (isOwn && atHand.job === job ? streamOf(atHand.events) : undefined),
        watchAll: async () => streamOf(isOwn && atHand.job === undefined ? atHand.events : []),
      };
      const { errors, result } = await run(payload, context.requestId, { viewer, watches, isDelivery: true });
      if (errors) return refused(errors, context);
      if (!isStream(result)) return refused(result.errors ?? [], context);
      return mapStream(result, (one) => maskMessageResult(one, context) as MaskedResult);
    },
    maskError: (error) => maskMessageErrors([toGraphQLError(error)], newContext()),
  };
}

/** The same message as Yoga's over HTTP. */
function unresolved(): GraphQLError {
  const extensions = { code: "OPERATION_RESOLUTION_FAILURE" };
  return new GraphQLError("Could not determine what operation to execute.", { extensions });
}

async function* streamOf<T>(events: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* events;
}

async function* mapStream<A, B>(source: AsyncIterable<A>, map: (value: A) => B): AsyncGenerator<B, void, undefined> {
  for await (const value of source) yield map(value);
}

function isStream(
  result: ExecutionResult | AsyncGenerator<ExecutionResult, void>,
): result is AsyncGenerator<ExecutionResult, void> {
  return Symbol.asyncIterator in result;
}

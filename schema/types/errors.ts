// Errors that the caller can fix. They are returned as data: members of each mutation's result union.
import type { JobRecord } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import { ErrorCodeEnum } from "./enums.ts";
import { Job } from "./refs.ts";

export type UserError =
  | { readonly typename: "InvalidInput"; readonly message: string; readonly field: string }
  | { readonly typename: "QuotaExceeded"; readonly message: string; readonly quota: number; readonly inFlight: number }
  | { readonly typename: "IdempotencyConflict"; readonly message: string; readonly job: JobRecord }
  | { readonly typename: "ContentRejected"; readonly message: string; readonly field: string }
  | { readonly typename: "NotFound"; readonly message: string };
export type UserErrorOf<Name extends UserError["typename"]> = Extract<UserError, { typename: Name }>;

/** Thrown inside a resolver and turned into data by `catchUserErrors`: GraphQL treats a returned Error as thrown. */
export class UserErrorException extends Error {
  readonly userError: UserError;

  constructor(userError: UserError) {
    super(userError.message);
    this.userError = userError;
  }
}

export function invalid(field: string, problem: string): UserErrorException {
  return new UserErrorException({ typename: "InvalidInput", message: `"${field}" ${problem}`, field });
}

export function notFound(what: "job" | "picture"): UserErrorException {
  return new UserErrorException({ typename: "NotFound", message: `You have no ${what} with this id.` });
}

/** The result of `work`, or the user error it throws, for a result union. */
export async function catchUserErrors<T, Name extends UserError["typename"]>(
  work: () => Promise<T>,
): Promise<T | UserErrorOf<Name>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserErrorException) return error.userError as UserErrorOf<Name>;
    throw error;
  }
}

const CODES = {
  InvalidInput: { code: "INVALID_INPUT", retryable: false },
  QuotaExceeded: { code: "QUOTA_EXCEEDED", retryable: true },
  IdempotencyConflict: { code: "IDEMPOTENCY_CONFLICT", retryable: false },
  ContentRejected: { code: "CONTENT_REJECTED", retryable: false },
  NotFound: { code: "NOT_FOUND", retryable: false },
} as const;

const ErrorInterface = builder.interfaceRef<UserError>("Error").implement({
  description: "A problem that the caller can fix. Select `... on Error { code message }` to handle every kind.",
  resolveType: ({ typename }) => typename,
  fields: (t) => ({
    message: t.exposeString("message", { description: "For people. May change, so programs should read `code`." }),
    code: t.field({
      type: ErrorCodeEnum,
      description: "The kind of error, for programs.",
      resolve: ({ typename }) => CODES[typename].code,
    }),
    retryable: t.boolean({
      description: "Whether the same request may succeed later.",
      resolve: ({ typename }) => CODES[typename].retryable,
    }),
  }),
});

export const InvalidInput = builder.objectRef<UserErrorOf<"InvalidInput">>("InvalidInput").implement({
  description: "A field of the input is invalid. Nothing was stored.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.exposeString("field", {
      description: 'Path of the field within `input`, such as "between.1.prompt".',
    }),
  }),
});

export const QuotaExceeded = builder.objectRef<UserErrorOf<"QuotaExceeded">>("QuotaExceeded").implement({
  description: "The job would exceed the caller's quota. Retry when some of the pictures in flight are finished.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    quota: t.exposeInt("quota", { description: "Maximum number of the caller's pictures in flight." }),
    picturesInFlight: t.exposeInt("inFlight", {
      description: "Number of pictures of the caller's jobs that have not ended.",
    }),
  }),
});

export const ContentRejected = builder.objectRef<UserErrorOf<"ContentRejected">>("ContentRejected").implement({
  description: "A prompt violates the service's content rules. Nothing was stored.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.exposeString("field", { description: "Path of the prompt within `input`." }),
  }),
});

export const NotFound = builder.objectRef<UserErrorOf<"NotFound">>("NotFound").implement({
  description: "The caller has no such job or picture.",
  interfaces: [ErrorInterface],
});

export const IdempotencyConflict = builder
  .objectRef<UserErrorOf<"IdempotencyConflict">>("IdempotencyConflict")
  .implement({
    description: "The caller already used this idempotency key for a different request. Nothing was stored.",
    interfaces: [ErrorInterface],
    fields: (t) => ({
      job: t.field({ type: Job, description: "The job of the earlier request.", resolve: ({ job }) => job }),
    }),
  });

// The asker's mistakes, which are data: members of each mutation's union.
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

/** Thrown on the way to an answer and caught by `answer`: a returned Error would count as thrown by GraphQL. */
export class UserErrorException extends Error {
  readonly userError: UserError;

  constructor(mistake: UserError) {
    super(mistake.message);
    this.userError = mistake;
  }
}

export function invalid(field: string, problem: string): UserErrorException {
  return new UserErrorException({ typename: "InvalidInput", message: `"${field}" ${problem}`, field });
}

/** What `work` gives, or why it was refused; the union says as what. */
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

export const ErrorInterface = builder.interfaceRef<UserError>("Error").implement({
  description: "Something the asker can do something about. Select `... on Error { code message }` for all of them.",
  resolveType: ({ typename }) => typename,
  fields: (t) => ({
    message: t.exposeString("message", { description: "For people; may change, so programs should read `code`." }),
    code: t.field({
      type: ErrorCodeEnum,
      description: "For programs.",
      resolve: ({ typename }) => CODES[typename].code,
    }),
    retryable: t.boolean({
      description: "Whether the same request may succeed later.",
      resolve: ({ typename }) => CODES[typename].retryable,
    }),
  }),
});

export const InvalidInput = builder.objectRef<UserErrorOf<"InvalidInput">>("InvalidInput").implement({
  description: "A field of the input cannot be what it is. Nothing was stored.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.exposeString("field", {
      description: 'The path of the field within `input`, such as "between.1.prompt".',
    }),
  }),
});

export const QuotaExceeded = builder.objectRef<UserErrorOf<"QuotaExceeded">>("QuotaExceeded").implement({
  description: "More pictures in flight than the caller may have. Ask again when some are done.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    quota: t.exposeInt("quota", { description: "Pictures the caller may have in flight." }),
    picturesInFlight: t.exposeInt("inFlight", { description: "Pictures of the caller's jobs that are not over." }),
  }),
});

export const ContentRejected = builder.objectRef<UserErrorOf<"ContentRejected">>("ContentRejected").implement({
  description: "The service's content rules refuse a prompt.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.exposeString("field", { description: "The path of the prompt within `input`." }),
  }),
});

export const NotFound = builder.objectRef<UserErrorOf<"NotFound">>("NotFound").implement({
  description: "There is no such job among the caller's own.",
  interfaces: [ErrorInterface],
});

export const IdempotencyConflict = builder
  .objectRef<UserErrorOf<"IdempotencyConflict">>("IdempotencyConflict")
  .implement({
    description: "The idempotency key belongs to another request of the caller. Nothing was stored.",
    interfaces: [ErrorInterface],
    fields: (t) => ({
      job: t.field({ type: Job, description: "The job of that other request.", resolve: ({ job }) => job }),
    }),
  });

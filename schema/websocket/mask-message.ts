// Errors and results as a message carries them: masked as over HTTP, without the extensions that are meant for HTTP.
import type { ExecutionResult, GraphQLError } from "graphql";
import { type MaskContext, maskErrors, maskResult } from "../server/mask-errors.ts";

export function maskMessageErrors(errors: readonly GraphQLError[], context: MaskContext) {
  return maskErrors(errors, context).map(withoutHttp);
}

export function maskMessageResult<R extends ExecutionResult>(result: R, context: MaskContext) {
  if (!result.errors) return result;
  const { errors, ...rest } = maskResult(result, context);
  return { ...rest, errors: errors?.map(withoutHttp) };
}

function withoutHttp(error: GraphQLError) {
  const { extensions = {}, ...formatted } = error.toJSON();
  const { http: _, unexpected: __, ...rest } = extensions;
  return { ...formatted, extensions: rest };
}

// The two operations that most languages send: the request, and the question whether it is done.
import { VERBS, type Verb } from "../api/documents.ts";

/** Where the code sends the request, and subscriptions. */
export type Place = { readonly origin: string; readonly streamUrl: string; readonly hasKey: boolean };

export const mutationOf = (verb: Verb): string =>
  `mutation ($input: ${VERBS[verb]}!) { ${verb}(input: $input) { ... on Job { id } ... on Error { message } } }`;

export const JOB_QUERY = "query ($id: ID!) { job(id: $id) { status pictures { url } } }";

export const EVENTS =
  "subscription ($id: ID!) { jobEvents(id: $id) { __typename ... on PictureReady { picture { url } } } }";

/** Indented JSON. */
export const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** A word of a shell command. */
export const quote = (text: string): string => `'${text.replace(/'/g, "'\\''")}'`;

// The languages of the Code dialog. test/functions/studio/snippets.test.ts runs what they write.
import { VERBS, type Verb } from "../api/documents.ts";
import type { Submission } from "../state/requests.ts";
import { apollo } from "./apollo.ts";
import { commandLine } from "./command-line.ts";
import { curl } from "./curl.ts";
import { fetchCode } from "./fetch.ts";
import { openai } from "./openai.ts";
import type { Place } from "./operations.ts";
import { python } from "./python.ts";

type Language = {
  readonly id: string;
  readonly name: string;
  /** What it needs besides itself. */
  readonly needs: string;
  readonly verbs: readonly Verb[];
  readonly write: (submission: Submission, place: Place) => string;
};

const ALL = Object.keys(VERBS) as Verb[];

export const LANGUAGES = [
  { id: "curl", name: "curl", needs: "Prints the job, then its events.", verbs: ALL, write: curl },
  { id: "fetch", name: "fetch", needs: "For browsers and Node.js (.mjs).", verbs: ALL, write: fetchCode },
  { id: "apollo", name: "Apollo", needs: "npm install @apollo/client graphql rxjs", verbs: ALL, write: apollo },
  { id: "python", name: "Python", needs: "Needs no package.", verbs: ALL, write: python },
  { id: "openai", name: "OpenAI client", needs: "npm install openai", verbs: ["generate"], write: openai },
  { id: "cli", name: "Command line", needs: "npm install --global unclip", verbs: ALL, write: commandLine },
] as const satisfies readonly Language[];

export function snippet(id: string, submission: Submission, place: Place): string {
  return LANGUAGES.find((language) => language.id === id)!.write(submission, place);
}

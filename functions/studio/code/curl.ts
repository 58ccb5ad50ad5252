import type { Submission } from "../state/requests.ts";
import { EVENTS, mutationOf, type Place, quote } from "./operations.ts";

export function curl({ verb, input }: Submission, { origin, streamUrl, hasKey }: Place): string {
  const key = hasKey ? ` \\\n  -H "authorization: Bearer $UNCLIP_KEY"` : "";
  const body = JSON.stringify({ query: mutationOf(verb), variables: { input } });
  const events = JSON.stringify({ query: EVENTS, variables: { id: "JOB" } });
  return `job=$(curl -s ${origin}/graphql -H 'content-type: application/json'${key} \\
  -d ${quote(body)} | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')
echo "$job"

curl -sN ${streamUrl} -H 'content-type: application/json' -H 'accept: text/event-stream'${key} \\
  -d ${quote(events).replace('"JOB"', `"'$job'"`)}`;
}

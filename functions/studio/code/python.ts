import type { Submission } from "../state/requests.ts";
import { JOB_QUERY, mutationOf, type Place } from "./operations.ts";

export function python({ verb, input }: Submission, { origin, hasKey }: Place): string {
  const key = hasKey ? `\n    "authorization": "Bearer " + os.environ["UNCLIP_KEY"],` : "";
  return `import json${hasKey ? "\nimport os" : ""}
import time
import urllib.request

HEADERS = {
    "content-type": "application/json",${key}
}


def graphql(query, variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request("${origin}/graphql", body, HEADERS)
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    if "errors" in answer:
        raise RuntimeError(answer["errors"][0]["message"])
    return answer["data"]


accepted = graphql(
    "${mutationOf(verb)}",
    {"input": ${literal(input)}},
)["${verb}"]
if "id" not in accepted:
    raise RuntimeError(accepted["message"])

while True:
    job = graphql("${JOB_QUERY}", {"id": accepted["id"]})["job"]
    if job["status"] not in ("QUEUED", "RUNNING"):
        break
    time.sleep(1)
for picture in job["pictures"]:
    print(picture["url"])`;
}

/** JSON is Python but for true and false; an input has no null. */
function literal(input: Submission["input"]): string {
  const marked = (_: string, value: unknown) => (typeof value === "boolean" ? `<${value}>` : value);
  const text = JSON.stringify(input, marked, 2).replace(/\n/g, "\n    ");
  return text.replaceAll('"<true>"', "True").replaceAll('"<false>"', "False");
}

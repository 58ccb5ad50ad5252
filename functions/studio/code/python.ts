import type { Submission } from "../state/requests.ts";
import { JOB_QUERY, json, mutationOf, type Place } from "./operations.ts";

export function python({ verb, input }: Submission, { origin, hasKey }: Place): string {
  const key = hasKey ? `\n    "authorization": "Bearer " + os.environ["UNCLIP_KEY"],` : "";
  // The input has no true, false or null, so its JSON is Python.
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
    {"input": ${json(input, "    ")}},
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

// The EC2 instance metadata service, version 2, on the loopback interface: the paths that a worker reads.
import { serve } from "../serve.ts";

const ACTION = JSON.stringify({ action: "terminate", time: "2026-11-24T12:02:00Z" });

export async function startMetadata() {
  let tokens = 0;
  let notice = false;
  const requests: string[] = [];
  const url = await serve(({ method, url: path, headers }, response) => {
    requests.push(`${method} ${path}`);
    const answer = (status: number, body = "") => void response.writeHead(status).end(body);
    if (path === "/latest/api/token") {
      const seconds = Number(headers["x-aws-ec2-metadata-token-ttl-seconds"]);
      return method === "PUT" && seconds >= 1 && seconds <= 21_600 ? answer(200, `token-${++tokens}`) : answer(400);
    }
    if (headers["x-aws-ec2-metadata-token"] !== `token-${tokens}`) return answer(401);
    return notice && path === "/latest/meta-data/spot/instance-action" ? answer(200, ACTION) : answer(404);
  });
  return {
    url,
    requests,
    /** The instance is to be taken back. */
    notify: () => {
      notice = true;
    },
    /** Tokens grow old. */
    expire: () => {
      tokens++;
    },
  };
}

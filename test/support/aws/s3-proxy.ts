// Checks that S3 makes and moto omits: the signature and age of signed URLs and upload policies, and each condition of a
// policy. Written after AWS's description of Signature Version 4 and POST policies, and tested with the examples there
// (s3-proxy.test.ts). It shares no code with the SDK, which signs.
import { createHash, createHmac } from "node:crypto";
import type { Clock } from "../../../infra/ports.ts";

type Condition = Readonly<Record<string, string>> | readonly [string, string | number, string | number];

type S3Proxy = (url: string, init?: RequestInit) => Promise<Response>;

/** Passes on to S3 what it lets through. */
export function startS3Proxy(secret: string, clock: Clock, s3: S3Proxy = fetch): S3Proxy {
  return async (url, init = {}) => {
    const problem =
      init.method === "POST"
        ? await problemOfForm(init.body as FormData, secret, clock)
        : problemOfUrl(new URL(url), init.method ?? "GET", secret, clock);
    return problem === undefined ? s3(url, init) : new Response(`<Code>${problem}</Code>`, { status: 403 });
  };
}

/** A request without any signature is S3's own to refuse. */
function problemOfUrl(url: URL, method: string, secret: string, clock: Clock): string | undefined {
  const query = url.searchParams;
  const signature = query.get("X-Amz-Signature");
  if (signature === null) return undefined;
  if (signature !== signatureOfUrl(url, method, secret)) return "SignatureDoesNotMatch";
  const expires = dateOf(query.get("X-Amz-Date")!) + Number(query.get("X-Amz-Expires")) * 1000;
  return clock.now() < expires ? undefined : "AccessDenied: Request has expired";
}

export function signatureOfUrl(url: URL, method: string, secret: string): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort();
  const signed = url.searchParams.get("X-Amz-SignedHeaders")!;
  if (signed !== "host") throw new Error(`A plain GET sends no header but host, and ${signed} are signed`);
  const canonical = [method, url.pathname, query.join("&"), `host:${url.host}\n`, signed, "UNSIGNED-PAYLOAD"].join(
    "\n",
  );
  const scope = url.searchParams.get("X-Amz-Credential")!.split("/").slice(1);
  const digest = createHash("sha256").update(canonical).digest("hex");
  const text = ["AWS4-HMAC-SHA256", url.searchParams.get("X-Amz-Date"), scope.join("/"), digest].join("\n");
  return sign(text, scope, secret);
}

async function problemOfForm(form: FormData, secret: string, clock: Clock): Promise<string | undefined> {
  const fields = new Map([...form].flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
  const policy = fields.get("Policy")!;
  const scope = fields.get("X-Amz-Credential")!.split("/").slice(1);
  if (sign(policy, scope, secret) !== fields.get("X-Amz-Signature")) return "SignatureDoesNotMatch";
  const { expiration, conditions } = JSON.parse(Buffer.from(policy, "base64").toString());
  if (clock.now() >= Date.parse(expiration)) return "AccessDenied: Policy expired";
  const file = form.get("file") as File;
  const named = new Set(["Policy", "X-Amz-Signature"]);
  for (const condition of conditions as readonly Condition[]) {
    const [kind, name, value] = exact(condition);
    if (kind === "content-length-range") {
      if (file.size < Number(name)) return "EntityTooSmall";
      if (file.size > Number(value)) return "EntityTooLarge";
      continue;
    }
    const field = String(name).replace(/^\$/, "");
    named.add(field);
    const given = fields.get(field) ?? "";
    const kept = kind === "starts-with" ? given.startsWith(String(value)) : given === value;
    if (!kept) return `AccessDenied: Policy Condition failed: ${JSON.stringify(condition)}`;
  }
  const extra = [...fields.keys()].find((name) => !named.has(name));
  return extra && `AccessDenied: Extra input fields: ${extra}`;
}

/** {"name": "value"} says the same as ["eq", "$name", "value"]. */
function exact(condition: Condition): readonly [string, string | number, string | number] {
  if (Array.isArray(condition)) return condition as [string, string | number, string | number];
  const [[name, value]] = Object.entries(condition) as [[string, string]];
  return ["eq", `$${name}`, value];
}

/** `scope`: date, region, service and "aws4_request", each the key's next turn. */
export function sign(text: string, scope: readonly string[], secret: string): string {
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, text).toString("hex");
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** 20130524T000000Z */
function dateOf(basic: string): number {
  return Date.parse(basic.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z"));
}

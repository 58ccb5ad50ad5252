// The kinds of inputs: each sends one that its seed makes, and says what is wrong with the answer, if anything.
import { inspect } from "node:util";
import type { UnclipError } from "../../models/errors.ts";
import { pictureSize, sizeProblem } from "../../models/picture-limits.ts";
import { decodePicture } from "../../models/tensor/picture.ts";
import { anyRequest, FORM_TYPE, formBody, pathOf, send, statusesOf } from "../support/fuzz/http.ts";
import { UPLOAD } from "../support/fuzz/operations.ts";
import { mutatedBytes, type RandomChoices } from "../support/fuzz/random-choices.ts";
import { misuseSocket } from "../support/fuzz/sockets.ts";
import { fieldsOf } from "../support/upload-form.ts";
import { anyPicture } from "./pictures.ts";
import type { Target } from "./server.ts";

export type Input = (target: Target, pictures: readonly Buffer[], chance: RandomChoices) => Promise<string | undefined>;

/** Text of ours that no client may see: stacks, paths, names of modules and messages of libraries. */
const UNMASKED =
  /\n\s+at \S+|node:internal|node_modules|\.[mc]?[jt]s:\d+|SQLITE_|\bE(NOENT|ISDIR|ACCES|NOTDIR)\b|TypeError|RangeError|onnxruntime|vips/;
/** Node's own answers to what it does not speak. */
const NODES_OWN = [501, 505];

/** `share`: how many of 20 inputs. */
export const INPUTS: Readonly<Record<string, { readonly share: number; readonly send: Input }>> = {
  http: { share: 7, send: sendRequest },
  socket: { share: 2, send: async ({ port, known }, _, chance) => void (await misuseSocket(port, known, chance)) },
  upload: { share: 1, send: sendUpload },
  picture: { share: 10, send: decode },
};

async function sendRequest({ port, known }: Target, _: unknown, chance: RandomChoices): Promise<string | undefined> {
  return problemOf(await send(port, anyRequest(known, chance), chance));
}

function problemOf(received: string): string | undefined {
  const failed = statusesOf(received).find((status) => status >= 500 && !NODES_OWN.includes(status));
  if (failed !== undefined) return `was answered ${failed}: ${received.slice(0, 300)}`;
  // GraphiQL's page and its files are code.
  if (/^content-type: text\/(html|javascript|css)/im.test(received)) return undefined;
  const leak = UNMASKED.exec(received);
  return leak
    ? `an answer says ${JSON.stringify(received.slice(Math.max(0, leak.index - 100), leak.index + 100))}`
    : undefined;
}

/** A file in a form that may be damaged itself, then a job that draws from it. */
async function sendUpload({ server, port }: Target, pictures: readonly Buffer[], chance: RandomChoices) {
  const bytes = anyPicture(pictures, chance);
  const contentType = chance.pick(["image/png", "image/jpeg", "image/webp"]);
  const input = { contentType, bytes: Math.max(1, Math.min(bytes.length, 10_000_000)) };
  const { uploadId, url, fields } = (await server.runQuery(UPLOAD, { input })).createUpload;
  if (fields === undefined) return undefined;
  const whole = formBody(fieldsOf(fields), bytes);
  const body = chance.maybe(0.2) ? mutatedBytes(whole, chance) : whole;
  const head = [
    `POST ${pathOf(url)} HTTP/1.1`,
    "Host: 127.0.0.1",
    FORM_TYPE,
    `Content-Length: ${body.length}`,
    "Connection: close",
  ].join("\r\n");
  const received = await send(port, Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]), chance);
  const query = "mutation ($input: VariationsInput!) { variations(input: $input) { __typename } }";
  const variations = { input: { image: uploadId, size: 64, preset: "DRAFT", steps: 2 } };
  // A refusal is a result. Only an error that the API did not expect rejects.
  const refused = await server.runQuery(query, variations).then(
    () => undefined,
    (error: Error) => `a variation of it failed: ${inspect(error)}`,
  );
  return problemOf(received) ?? refused;
}

/** As the API and the engine read it: a tensor of the asked size, or INVALID_PICTURE. */
async function decode(_: unknown, pictures: readonly Buffer[], chance: RandomChoices): Promise<string | undefined> {
  const bytes = anyPicture(pictures, chance);
  const options = { size: chance.pick([8, 64]), fit: chance.pick(["squash", "crop"] as const) };
  const declared = pictureSize(bytes);
  try {
    const { shape } = await decodePicture(bytes, options);
    if (declared === undefined) return "the engine reads a picture whose header the API does not";
    if (sizeProblem(declared) !== undefined)
      return `the API refuses ${JSON.stringify(declared)}, which the engine reads`;
    return `${shape}` === `1,3,${options.size},${options.size}` ? undefined : `became [${shape}]`;
  } catch (error) {
    const { code, retryable } = error as UnclipError;
    return code === "INVALID_PICTURE" && retryable === false ? undefined : `failed with ${(error as Error).stack}`;
  }
}

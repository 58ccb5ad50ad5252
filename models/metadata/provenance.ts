// What made a picture: the record that every picture, contact sheet and animation carries in its file. Pure.
import { UnclipError } from "../errors.ts";
import { AT_LEAST_ZERO, Fields } from "../fields.ts";

/** The verbs that draw. */
export const VERBS = ["generate", "variations", "interpolate", "manipulate", "reconstruct"] as const;
/** One of VERBS. */
export type Verb = (typeof VERBS)[number];

/** The request that draws a picture again, and what it was drawn with. Names no owner, key or job. */
export type Provenance = {
  /** Version of this package. */
  readonly version: string;
  readonly model: { readonly name: string; readonly version: string };
  readonly verb: Verb;
  /** The request, with its seed. A picture in it is { sha256 }, the digest of its file in hexadecimal digits. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The picture's place among the frames of the request, from 0. */
  readonly frame?: number;
};

/** A record that this version or another one wrote. Undefined for anything else: files come from anywhere. */
export function parseProvenance(json: string): Provenance | undefined {
  try {
    const record = JSON.parse(json);
    const fields = new Fields(record, "", (field, problem) => {
      return new UnclipError("INVALID_PICTURE", `The field ${field} of the picture's record ${problem}`);
    });
    const model = fields.object("model");
    fields.object("request");
    const frame = fields.maybe("frame", (key) => fields.integer(key, AT_LEAST_ZERO));
    return {
      version: fields.text("version"),
      model: { name: model.text("name"), version: model.text("version") },
      verb: fields.choice("verb", VERBS),
      request: record.request,
      ...(frame !== undefined && { frame }),
    };
  } catch {
    return undefined;
  }
}

/** The captions of a request, from the first to the last: "a cat → a dog". Undefined when it has none. */
export function captionOf({ request }: Provenance): string | undefined {
  const { prompt, from, to, between } = request;
  const captions = [prompt, from, to, ...(Array.isArray(between) ? between.map((end) => Object(end).prompt) : [])];
  const texts = captions.filter((caption) => typeof caption === "string");
  return texts.length === 0 ? undefined : texts.join(" → ");
}

// Pictures are kept as keys; a URL is signed when it is read, and only then.
import type { DrawnPicture } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import type { Context } from "../context.ts";

type Signed = { readonly url: string; readonly expiresAt: number };

/** A blob's URL, signed once however many fields ask for it. */
export class SignedUrl {
  readonly #key: string;
  #signed: Promise<Signed> | undefined;

  constructor(key: string) {
    this.#key = key;
  }

  sign({ blobs, policy }: Context): Promise<Signed> {
    this.#signed ??= blobs.signGet(this.#key, policy.urlSeconds);
    return this.#signed;
  }
}

export const maybeSign = (key: string | undefined): SignedUrl | null => (key === undefined ? null : new SignedUrl(key));

const URL_TEXT = "Opens without a key until `urlExpiresAt`. Read it again for a fresh one; store ids, not URLs.";
const EXPIRY_TEXT = "When `url` stops to work.";

export const Image = builder.objectRef<SignedUrl>("Image").implement({
  description: "A picture file.",
  fields: (t) => ({
    url: t.string({ description: URL_TEXT, resolve: async (link, _, context) => (await link.sign(context)).url }),
    urlExpiresAt: t.field({
      type: "DateTime",
      description: EXPIRY_TEXT,
      resolve: async (link, _, context) => (await link.sign(context)).expiresAt,
    }),
  }),
});

export type SignedPicture = DrawnPicture & { readonly link: SignedUrl };

export const signed = (picture: DrawnPicture): SignedPicture => ({ ...picture, link: new SignedUrl(picture.key) });

export const Picture = builder.objectRef<SignedPicture>("Picture").implement({
  description: "A finished picture of a job, as PNG.",
  fields: (t) => ({
    index: t.exposeInt("index", { description: "Its place among the job's pictures, from 0." }),
    size: t.exposeInt("size", { description: "Width and height in pixels." }),
    seed: t.expose("seed", {
      type: "UnsignedInt",
      description: "What it was drawn with: the same request with the same seed gives the same picture.",
    }),
    score: t.exposeFloat("score", {
      nullable: true,
      description: "How well it fits its caption: the cosine of both in CLIP space. Null where there is no caption.",
    }),
    url: t.string({ description: URL_TEXT, resolve: async ({ link }, _, context) => (await link.sign(context)).url }),
    urlExpiresAt: t.field({
      type: "DateTime",
      description: EXPIRY_TEXT,
      resolve: async ({ link }, _, context) => (await link.sign(context)).expiresAt,
    }),
  }),
});

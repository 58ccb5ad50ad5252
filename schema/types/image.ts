// Jobs store the keys of pictures. A URL is signed only when a query selects it.
import type { DrawnPicture } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import type { Context } from "../context.ts";

type Signed = { readonly url: string; readonly expiresAt: number };

/** A blob's signed URL. Signs once, even if several fields read it. */
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

const URL_TEXT =
  "A signed URL that needs no API key and works until `urlExpiresAt`. Query again for a fresh one; store ids, not URLs.";
const EXPIRY_TEXT = "When `url` expires.";

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

type SignedPicture = DrawnPicture & { readonly link: SignedUrl };

export const toSignedPicture = (picture: DrawnPicture): SignedPicture => ({
  ...picture,
  link: new SignedUrl(picture.key),
});

export const Picture = builder.objectRef<SignedPicture>("Picture").implement({
  description: "A finished picture of a job (PNG).",
  fields: (t) => ({
    index: t.exposeInt("index", { description: "Position among the job's pictures, from 0." }),
    size: t.exposeInt("size", { description: "Width and height in pixels." }),
    seed: t.expose("seed", {
      type: "UnsignedInt",
      description: "The seed of this picture: the same request with the same seed draws the same picture.",
    }),
    score: t.exposeFloat("score", {
      nullable: true,
      description:
        "How well the picture matches its caption: the cosine similarity of their CLIP embeddings, from -1 to 1. Null if there is no caption.",
    }),
    url: t.string({ description: URL_TEXT, resolve: async ({ link }, _, context) => (await link.sign(context)).url }),
    urlExpiresAt: t.field({
      type: "DateTime",
      description: EXPIRY_TEXT,
      resolve: async ({ link }, _, context) => (await link.sign(context)).expiresAt,
    }),
  }),
});

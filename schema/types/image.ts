// Jobs store the keys of pictures. A URL is signed only when a query selects it.
import { animationId, pictureId, sheetId } from "../../infra/jobs/global-id.ts";
import type { DrawnPicture, JobRecord } from "../../infra/jobs/job.ts";
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

/** The values of the types that are images. All but previews have a global id. */
export type PictureValue = {
  readonly typename: "Picture";
  readonly id: string;
  readonly picture: DrawnPicture;
  readonly job: JobRecord;
  readonly link: SignedUrl;
};
export type JobFileValue<Name extends "Sheet" | "Animation"> = {
  readonly typename: Name;
  readonly id: string;
  readonly job: JobRecord;
  readonly link: SignedUrl;
};
export type UploadValue = {
  readonly typename: "Upload";
  readonly id: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly link: SignedUrl;
};
export type PreviewValue = { readonly typename: "Preview"; readonly link: SignedUrl };

export function toPicture(job: JobRecord, picture: DrawnPicture): PictureValue {
  return { typename: "Picture", id: pictureId(job.id, picture.index), picture, job, link: new SignedUrl(picture.key) };
}

export function toSheet(job: JobRecord): JobFileValue<"Sheet"> | null {
  if (job.sheet === undefined) return null;
  return { typename: "Sheet", id: sheetId(job.id), job, link: new SignedUrl(job.sheet) };
}

export function toAnimation(job: JobRecord): JobFileValue<"Animation"> | null {
  if (job.animation === undefined) return null;
  return { typename: "Animation", id: animationId(job.id), job, link: new SignedUrl(job.animation.key) };
}

type ImageValue = PictureValue | JobFileValue<"Sheet"> | JobFileValue<"Animation"> | UploadValue | PreviewValue;

export const Image = builder.interfaceRef<ImageValue>("Image").implement({
  description: "An image file.",
  resolveType: ({ typename }) => typename,
  fields: (t) => ({
    url: t.string({
      description:
        "A signed URL that needs no API key and works until `urlExpiresAt`. Query again for a fresh one; store ids, not URLs.",
      resolve: async ({ link }, _, context) => (await link.sign(context)).url,
    }),
    urlExpiresAt: t.field({
      type: "DateTime",
      description: "When `url` expires.",
      resolve: async ({ link }, _, context) => (await link.sign(context)).expiresAt,
    }),
  }),
});

// The types of images: pictures of jobs and what is made of them, uploads, previews.
import { imagesOf } from "../../infra/jobs/input-images.ts";
import type { JobRequest } from "../../infra/jobs/job.ts";
import { LIMITS } from "../../models/request.ts";
import { builder } from "../builder.ts";
import { AnimationEnum } from "./enums.ts";
import { Image, type JobFileValue, type PictureValue, type PreviewValue, type UploadValue } from "./image.ts";
import { loadImage, SOURCE_COST } from "./load-node.ts";
import { Job, Node } from "./refs.ts";

export const Picture = builder.objectRef<PictureValue>("Picture").implement({
  description: "A finished picture of a job (PNG).",
  interfaces: [Node, Image],
  fields: (t) => ({
    id: t.exposeID("id", {
      description:
        "A permanent id. The `image` of an input takes it as well as an upload's, and `GET /pictures/{id}` with the same key redirects to the file.",
    }),
    index: t.int({
      description: "Position among the job's pictures, from 0.",
      resolve: (value) => value.picture.index,
    }),
    job: t.expose("job", { type: Job, description: "The job that drew it." }),
    size: t.int({ description: "Width and height in pixels.", resolve: (value) => value.picture.size }),
    seed: t.field({
      type: "UnsignedInt",
      description: "The seed of this picture: the same request with the same seed draws the same picture.",
      resolve: (value) => value.picture.seed,
    }),
    caption: t.string({
      nullable: true,
      description:
        "The text that it shows: the prompt of `generate`, the `to` of `manipulate`. Null for variations and interpolations.",
      resolve: ({ job }) => captionOf(job.request),
    }),
    sources: t.field({
      type: [Image],
      complexity: { field: SOURCE_COST, multiplier: LIMITS.between.max },
      description: "The pictures and uploads that it was made from, as far as they still exist.",
      resolve: async ({ job }, _, context) => {
        const images = await Promise.all(imagesOf(job.request).map((image) => loadImage(image, context)));
        return images.filter((image) => image !== null);
      },
    }),
    starred: t.boolean({
      description: "Whether its owner starred it.",
      resolve: ({ picture }) => picture.starred === true,
    }),
    score: t.float({
      nullable: true,
      description:
        "How well the picture matches its caption: the cosine similarity of their CLIP embeddings, from -1 to 1. Null if there is no caption.",
      resolve: ({ picture }) => picture.score,
    }),
  }),
});

export const Sheet = builder.objectRef<JobFileValue<"Sheet">>("Sheet").implement({
  description: "A contact sheet of all pictures of a job (PNG).",
  interfaces: [Node, Image],
  fields: (t) => ({
    job: t.expose("job", { type: Job, description: "Its job." }),
  }),
});

export const Animation = builder.objectRef<JobFileValue<"Animation">>("Animation").implement({
  description: "An animation of all pictures of a job.",
  interfaces: [Node, Image],
  fields: (t) => ({
    job: t.expose("job", { type: Job, description: "Its job." }),
    format: t.field({
      type: AnimationEnum,
      description: "The file format.",
      resolve: ({ job }) => job.animation!.format,
    }),
  }),
});

builder.objectRef<UploadValue>("Upload").implement({
  description: "An uploaded picture. It is deleted after seven days.",
  interfaces: [Node, Image],
  fields: (t) => ({
    id: t.exposeID("id", { description: "A permanent id, for the `image` of an input." }),
    contentType: t.exposeString("contentType", { description: "The media type." }),
    bytes: t.exposeInt("bytes", { description: "Size of the file in bytes." }),
  }),
});

export const Preview = builder.objectRef<PreviewValue>("Preview").implement({
  description: "A small preview of a picture that is being drawn (PNG). Stored for one day.",
  interfaces: [Image],
});

function captionOf(request: JobRequest): string | null {
  if (request.kind === "generate") return request.prompt;
  return request.kind === "manipulate" ? request.to : null;
}

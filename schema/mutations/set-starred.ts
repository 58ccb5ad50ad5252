import { parseGlobalId } from "../../infra/jobs/global-id.ts";
import { builder } from "../builder.ts";
import { catchUserErrors, NotFound, notFound } from "../types/errors.ts";
import { type PictureValue, toPicture } from "../types/image.ts";
import { Picture } from "../types/picture.ts";

const StarResult = builder.unionType("StarResult", {
  description: "The picture, or NotFound.",
  types: [Picture, NotFound],
  resolveType: ({ typename }) => typename,
});

builder.mutationFields((t) => ({
  setStarred: t.field({
    type: StarResult,
    args: {
      id: t.arg.id({ required: true, description: "The picture's id." }),
      starred: t.arg.boolean({ required: true, description: "Whether it is starred afterwards." }),
    },
    description: "Stars a picture, or takes the star away. A star does not extend the time for which it is stored.",
    resolve: (_, { id, starred }, { tenant }) =>
      catchUserErrors<PictureValue, "NotFound">(async () => {
        const parsed = parseGlobalId(id);
        if (parsed?.type !== "Picture") throw notFound("picture");
        const job = await tenant.setStarred(parsed.job, parsed.index, starred);
        const picture = job?.drawn.find(({ index }) => index === parsed.index);
        if (!job || !picture) throw notFound("picture");
        return toPicture(job, picture);
      }),
  }),
}));

import { parseVariations } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { drawTask } from "../draw.ts";
import { stemOf } from "../file-names.ts";
import { readPicture } from "../inputs.ts";
import { readMix } from "../mix.ts";
import { DECODER, EMBEDDING, ENGINE, fieldsOf, OUTPUT, SERVICE } from "../options.ts";

export const variations: Command = {
  name: "variations",
  summary: "draw variations of a picture",
  usage: "PICTURE",
  takes: { min: 1, max: 1, what: "one picture" },
  options: [...OUTPUT, "count", "strength", ...DECODER, ...EMBEDDING, ...SERVICE, ...ENGINE],
  about: "Draws the content that CLIP encodes: the same subject and style, with other details.",
  examples: [
    "variations apple.png --count 4",
    "variations apple.png --strength 0 --out rebuilt.png",
    'variations apple.png --mix "a red apple at night=0.5"',
  ],
  prepare: async ({ positionals: [path = ""], values }) => {
    const image = await readPicture(path);
    const { mix, pictures } = await readMix(values.mix);
    const request = parseVariations({ image, mix, ...fieldsOf(values) });
    return drawTask({
      values,
      stem: `${stemOf(path)}-variation`,
      count: request.count,
      pictures: new Map([[path, image], ...pictures]),
      work: (engine, control) => engine.variations(request, control),
    });
  },
};

import { parseGenerate } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { drawTask } from "../draw.ts";
import { slug } from "../file-names.ts";
import { DECODER, ENGINE, fieldsOf, OUTPUT, PRIOR, SERVICE } from "../options.ts";

export const generate: Command = {
  name: "generate",
  summary: "draw a caption",
  usage: "CAPTION",
  takes: { min: 1, max: 1, what: "one caption" },
  options: [...OUTPUT, "count", ...DECODER, "sampler", ...PRIOR, ...SERVICE, ...ENGINE],
  about: `Draws what the caption says: the prior imagines the embedding of a picture, the decoder draws it small,
the upsamplers make it large. Two things are drawn apart, and the seed chooses the style and background
that the caption leaves open, where the bundle tells how captions say such things (picto's does).`,
  examples: [
    'generate "a red apple on a blue background" --out apple.png --seed 7',
    'generate "a cat above a drum" --count 4 --size 1024 --preset best',
    'generate "a turtle in flat style" --prior autoregressive --guidance 3 --steps 25',
  ],
  prepare: async ({ positionals: [prompt], values }) => {
    const request = parseGenerate({ prompt, ...fieldsOf(values) });
    return drawTask({
      out: values.out,
      stem: slug(request.prompt),
      work: (engine, control) => engine.generate(request, control),
    });
  },
};

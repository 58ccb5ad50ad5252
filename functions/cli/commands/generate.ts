import { parseGenerate } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { drawTask } from "../draw.ts";
import { slug } from "../file-names.ts";
import { DECODER, ENGINE, fieldsOf, OUTPUT, PRIOR, SERVICE } from "../options.ts";

export const generate: Command = {
  name: "generate",
  summary: "draw pictures of a caption",
  usage: "CAPTION",
  takes: { min: 1, max: 1, what: "one caption" },
  options: [...OUTPUT, "count", ...DECODER, "sampler", ...PRIOR, ...SERVICE, ...ENGINE],
  about: `The prior samples a picture embedding for the caption, the decoder draws it as a small picture, and the
upsamplers enlarge it. If the bundle supports scenes (picto does), a caption with two objects is
composed from two drawings, and the seed picks any style or background that the caption leaves out.`,
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

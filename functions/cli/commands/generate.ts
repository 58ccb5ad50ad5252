import { parseGenerate } from "../../../models/request.ts";
import { captionsTask, readCaptions } from "../captions.ts";
import type { Command } from "../command.ts";
import { drawTask } from "../draw.ts";
import { slug } from "../file-names.ts";
import { readText } from "../inputs.ts";
import { type Mix, readMix } from "../mix.ts";
import { DASH, DECODER, EMBEDDING, ENGINE, fieldsOf, OUTPUT, PRIOR, SERVICE, type Values } from "../options.ts";

export const generate: Command = {
  name: "generate",
  summary: "draw pictures of a caption",
  usage: "CAPTION",
  takes: { min: 1, max: 1, what: "one caption" },
  options: ["file", ...OUTPUT, "count", ...DECODER, "sampler", ...PRIOR, ...EMBEDDING, ...SERVICE, ...ENGINE],
  about: `The prior samples a picture embedding for the caption, the decoder draws it as a small picture, and the
upsamplers enlarge it. If the bundle supports scenes (picto does), a caption with two objects is
composed from two drawings, and the seed picks any style or background that the caption leaves out.
The caption - is read from standard input. --file FILE takes the place of the caption, and draws each
line of a file.`,
  examples: [
    'generate "a red apple on a blue background" --out apple.png --seed 7',
    'generate "a cat above a drum" --count 4 --size 1024 --preset best',
    'generate "a turtle in flat style" --prior autoregressive --guidance 3 --steps 25',
    'generate "a cat" --negative-prompt "an orange cat" --mix photo.jpg=0.5 --mix "a dog=0.2"',
    "generate --file captions.txt --out pictures/",
    'generate "a green frog" --out - | magick - frog.jpg',
  ],
  prepare: async ({ positionals: [caption], values }) => {
    const mixed = await readMix(values.mix);
    if (values.file !== undefined) {
      const captions = await readCaptions(values.file, values);
      return captionsTask(captions, (prompt) => generateTask(prompt, mixed, values));
    }
    return generateTask(caption === DASH ? await readText(DASH, "a caption") : caption, mixed, values);
  },
};

function generateTask(prompt: string | undefined, { mix, pictures }: Mix, values: Values) {
  const request = parseGenerate({ prompt, mix, ...fieldsOf(values) });
  return drawTask({
    values,
    stem: slug(request.prompt),
    count: request.count,
    pictures,
    work: (engine, control) => engine.generate(request, control),
  });
}

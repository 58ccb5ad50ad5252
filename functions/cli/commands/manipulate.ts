import { LIMITS, parseManipulate } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { animationFormatOf } from "../destination.ts";
import { drawTask } from "../draw.ts";
import { slug, stemOf } from "../file-names.ts";
import { readPicture } from "../inputs.ts";
import { DECODER, ENGINE, fieldsOf, OUTPUT, SERVICE } from "../options.ts";

export const manipulate: Command = {
  name: "manipulate",
  summary: "edit a picture by the difference between two captions",
  usage: "PICTURE --to CAPTION",
  takes: { min: 1, max: 1, what: "one picture" },
  options: [...OUTPUT, "from", "to", "amount", "frames", "animate", ...DECODER, ...SERVICE, ...ENGINE],
  optionTexts: {
    frames: `number of pictures, ${LIMITS.manipulateFrames.min} to ${LIMITS.manipulateFrames.max} (1: only the edited picture)`,
  },
  about: `Rotates the picture's embedding towards the difference between two captions (a "text diff") and draws
it again. With --frames, the first is the original and the last is edited by the full --amount.`,
  examples: [
    'manipulate apple.png --from "a red apple" --to "a green apple"',
    'manipulate fox.png --from "a fox" --to "a blue fox" --frames 9 --animate gif',
  ],
  prepare: async ({ positionals: [path = ""], values }) => {
    const image = await readPicture(path);
    const animate = values.animate ?? animationFormatOf(values.out);
    const request = parseManipulate({ ...fieldsOf(values), image, animate });
    return drawTask({
      values,
      stem: `${stemOf(path)}-to-${slug(request.to)}`,
      count: request.frames,
      animate: request.animate,
      pictures: new Map([[path, image]]),
      work: (engine, control) => engine.manipulate(request, control),
    });
  },
};

import { LIMITS, parseInterpolate } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { animationOf } from "../destination.ts";
import { drawTask } from "../draw.ts";
import { picturesOf, readEndpoint } from "../inputs.ts";
import { DECODER, ENGINE, fieldsOf, OUTPUT, PRIOR, SERVICE } from "../options.ts";

const { min, max } = LIMITS.between;

export const interpolate: Command = {
  name: "interpolate",
  summary: "draw the way between pictures and captions",
  usage: "END END [END...]",
  takes: { min, max, what: `${min} to ${max} ends, each a picture or a caption` },
  options: [...OUTPUT, "frames", "animate", ...DECODER, ...PRIOR, ...SERVICE, ...ENGINE],
  about: `Draws frames that lead from the first end over all others to the last. An end that names an existing
file, or ends in .png, .jpg, .jpeg or .webp, is a picture; every other is a caption.`,
  examples: [
    'interpolate apple.png "a green frog" --frames 9 --animate webp',
    'interpolate "a sunny day" "a storm at night" --out weather.gif --frames 30',
    "interpolate apple.png pear.png plum.png --frames 17 --out fruit.png",
  ],
  prepare: async ({ positionals, values }) => {
    const ends = await Promise.all(positionals.map(readEndpoint));
    const animate = values.animate ?? animationOf(values.out);
    const request = parseInterpolate({ ...fieldsOf(values), between: ends.map(({ given }) => given), animate });
    return drawTask({
      out: values.out,
      stem: [ends[0]!, ends.at(-1)!].map(({ stem }) => stem).join("-to-"),
      animate: request.animate,
      pictures: picturesOf(ends),
      work: (engine, control) => engine.interpolate(request, control),
    });
  },
};

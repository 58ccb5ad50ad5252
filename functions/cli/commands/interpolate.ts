import { LIMITS, parseInterpolate } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { animationFormatOf } from "../destination.ts";
import { drawTask } from "../draw.ts";
import { picturesOf, readEndpoint } from "../inputs.ts";
import { DECODER, ENGINE, fieldsOf, OUTPUT, PRIOR, SERVICE } from "../options.ts";

const { min, max } = LIMITS.between;

export const interpolate: Command = {
  name: "interpolate",
  summary: "interpolate between pictures and captions",
  usage: "ENDPOINT ENDPOINT [ENDPOINT...]",
  takes: { min, max, what: `${min} to ${max} endpoints, each a picture or a caption` },
  options: [...OUTPUT, "frames", "animate", ...DECODER, ...PRIOR, ...SERVICE, ...ENGINE],
  about: `Draws frames from the first endpoint through all others to the last. An existing file, or a name that
ends in .png, .jpg, .jpeg or .webp, is a picture; anything else is a caption.`,
  examples: [
    'interpolate apple.png "a green frog" --frames 9 --animate webp',
    'interpolate "a sunny day" "a storm at night" --out weather.gif --frames 30',
    "interpolate apple.png pear.png plum.png --frames 17 --out fruit.png",
  ],
  prepare: async ({ positionals, values }) => {
    const endpoints = await Promise.all(positionals.map(readEndpoint));
    const animate = values.animate ?? animationFormatOf(values.out);
    const request = parseInterpolate({ ...fieldsOf(values), between: endpoints.map(({ given }) => given), animate });
    return drawTask({
      values,
      stem: [endpoints[0]!, endpoints.at(-1)!].map(({ stem }) => stem).join("-to-"),
      count: request.frames,
      animate: request.animate,
      pictures: picturesOf(endpoints),
      work: (engine, control) => engine.interpolate(request, control),
    });
  },
};

import { parseReconstruct } from "../../../models/request.ts";
import { usageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { drawTask } from "../draw.ts";
import { stemOf } from "../file-names.ts";
import { readPicture } from "../inputs.ts";
import { DECODER, ENGINE, fieldsOf, OUTPUT, SERVICE } from "../options.ts";

export const reconstruct: Command = {
  name: "reconstruct",
  summary: "draw a picture from a few components of its embedding",
  usage: "PICTURE --dimensions K,K,...",
  takes: { min: 1, max: 1, what: "one picture" },
  options: [...OUTPUT, "dimensions", ...DECODER, ...SERVICE, ...ENGINE],
  about: `Keeps the first K principal components of the picture's embedding and draws it again, once for each K:
a few preserve the kind of object, more preserve its details. K is part of the file names.`,
  examples: ["reconstruct apple.png --dimensions 20,40,80 --out kept.png"],
  prepare: async ({ positionals: [path = ""], values }) => {
    const image = await readPicture(path);
    const request = parseReconstruct({ image, ...fieldsOf(values) });
    const { dimensions } = request;
    // The files are named by these numbers.
    if (new Set(dimensions).size < dimensions.length) throw usageError("--dimensions contains a number twice");
    return drawTask({
      values,
      stem: `${stemOf(path)}-reconstruct`,
      count: dimensions.length,
      labels: dimensions,
      pictures: new Map([[path, image]]),
      work: (engine, control) => engine.reconstruct(request, control),
    });
  },
};

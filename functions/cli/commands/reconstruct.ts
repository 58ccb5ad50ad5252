import { parseReconstruct } from "../../../models/request.ts";
import { usageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { drawTask } from "../draw.ts";
import { stemOf } from "../file-names.ts";
import { readPicture } from "../inputs.ts";
import { DECODER, ENGINE, fieldsOf, OUTPUT } from "../options.ts";

export const reconstruct: Command = {
  name: "reconstruct",
  summary: "draw what a few dimensions of an embedding keep",
  usage: "PICTURE --dimensions K,K,...",
  takes: { min: 1, max: 1, what: "one picture" },
  options: [...OUTPUT, "dimensions", ...DECODER, ...ENGINE],
  about: `Keeps the first K principal components of the picture's embedding and draws it again, once for each K:
few keep what kind of thing it is, more keep its details. The files are named by K.`,
  examples: ["reconstruct apple.png --dimensions 20,40,80 --out kept.png"],
  prepare: async ({ positionals: [path = ""], values }) => {
    const image = await readPicture(path);
    const request = parseReconstruct({ image, ...fieldsOf(values) });
    const { dimensions } = request;
    // Two files cannot have one name.
    if (new Set(dimensions).size < dimensions.length) throw usageError("--dimensions names a number twice");
    return drawTask({
      out: values.out,
      stem: `${stemOf(path)}-reconstruct`,
      labels: dimensions,
      pictures: new Map([[path, image]]),
      work: (engine, control) => engine.reconstruct(request, control),
    });
  },
};

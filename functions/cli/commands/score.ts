import { parseScore } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { readPicture } from "../inputs.ts";
import { ENGINE, SERVICE } from "../options.ts";

export const score: Command = {
  name: "score",
  summary: "measure how well a caption matches a picture",
  usage: "PICTURE CAPTION",
  takes: { min: 2, max: 2, what: "a picture and a caption" },
  options: [...SERVICE, ...ENGINE],
  about: `Prints the cosine similarity of the two CLIP embeddings, from -1 to 1. A single value means little:
compare captions of one picture, or pictures for one caption.`,
  examples: ['score apple.png "a red apple"'],
  prepare: async ({ positionals: [path = "", prompt] }) => {
    const image = await readPicture(path);
    const request = parseScore({ image, prompt });
    return {
      pictures: new Map([[path, image]]),
      run: async (engine, control) => {
        const cosine = await engine.score(request, control);
        return { lines: [cosine.toFixed(4)], json: { picture: path, caption: request.prompt, score: cosine } };
      },
    };
  },
};

import { parseEmbed } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { picturesOf, readEndpoint } from "../inputs.ts";
import { ENGINE } from "../options.ts";

export const embed: Command = {
  name: "embed",
  summary: "print the CLIP embedding of a picture or a caption",
  usage: "PICTURE|CAPTION",
  takes: { min: 1, max: 1, what: "one picture or one caption" },
  options: ENGINE,
  about: `Prints one number a line. What names an existing file, or ends in .png, .jpg, .jpeg or .webp, is a
picture; all else is a caption.`,
  examples: ["embed apple.png", 'embed "a red apple" --json'],
  prepare: async ({ positionals: [word = ""] }) => {
    const end = await readEndpoint(word);
    const request = parseEmbed(end.given);
    return {
      pictures: picturesOf([end]),
      run: async (engine, control) => {
        const embedding = Array.from(await engine.embed(request, control));
        return { lines: embedding.map(String), json: { dimensions: embedding.length, embedding } };
      },
    };
  },
};

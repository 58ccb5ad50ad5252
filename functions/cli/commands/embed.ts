import { parseEmbed } from "../../../models/request.ts";
import type { Command } from "../command.ts";
import { picturesOf, readEndpoint } from "../inputs.ts";
import { ENGINE, SERVICE } from "../options.ts";

export const embed: Command = {
  name: "embed",
  summary: "print the CLIP embedding of a picture or a caption",
  usage: "PICTURE|CAPTION",
  takes: { min: 1, max: 1, what: "one picture or one caption" },
  options: [...SERVICE, ...ENGINE],
  about: `Prints one number per line. An existing file, or a name that ends in .png, .jpg, .jpeg or .webp, is a
picture; anything else is a caption.`,
  examples: ["embed apple.png", 'embed "a red apple" --json'],
  prepare: async ({ positionals: [word = ""] }) => {
    const endpoint = await readEndpoint(word);
    const request = parseEmbed(endpoint.given);
    return {
      pictures: picturesOf([endpoint]),
      run: async (engine, control) => {
        const embedding = Array.from(await engine.embed(request, control));
        return { lines: embedding.map(String), json: { dimensions: embedding.length, embedding } };
      },
    };
  },
};

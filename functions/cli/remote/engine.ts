// A service in the place of an engine: what the commands ask of one, another machine draws.
import type { Control, Info, PresetName, PriorName, Size, Unclip } from "../../../models/request.ts";
import { usageError } from "../arguments.ts";
import { inputOf } from "./input.ts";
import { draw, type Verb } from "./job.ts";
import { Service } from "./service.ts";
import { typeOf, upload } from "./upload.ts";

const MODELS = `{ models {
  name version licence attribution clip dimensions contextLength sizes priors presets bytes
} }`;

type Model = Omit<Info, "sizes" | "priors" | "presets"> & Readonly<Record<"sizes" | "priors" | "presets", string[]>>;

/** Throws UnclipError when nobody answers, or not like unclip, or wants a key that is not this one. */
export async function openRemote(url: string, key: string | undefined, signal: AbortSignal): Promise<Unclip> {
  const service = new Service(url, key);
  // Without patience: a URL that was never right does not become so.
  const [model] = await service.ask<readonly Model[]>(MODELS, {}, signal);
  if (!model) throw service.stranger("it has no model");

  const verb =
    (name: Verb) =>
    async (request: object, control: Control = {}) => {
      const input = await inputOf(request, (image) => upload(service, image, control.signal));
      return draw(service, name, input, control);
    };
  const no = async () => {
    throw usageError("a service draws, and does nothing else");
  };
  return {
    info: infoOf(model),
    generate: verb("generate"),
    variations: verb("variations"),
    interpolate: verb("interpolate"),
    manipulate: verb("manipulate"),
    reconstruct: no,
    // As much as can be told from here of a picture that cannot be used.
    embed: async (request) => {
      if ("image" in request) typeOf(request.image);
      return no();
    },
    score: no,
    close: async () => {},
  };
}

function infoOf({ sizes, priors, presets, ...same }: Model): Info {
  return {
    ...same,
    sizes: sizes.map((size) => Number(size.replace("PX", "")) as Size),
    priors: priors.map((prior) => prior.toLowerCase() as PriorName),
    presets: presets.map((preset) => preset.toLowerCase() as PresetName),
  };
}

// A service in the place of an engine: what the commands ask of one, another machine draws.
import type { PresetName, PriorName } from "../../../models/request.ts";
import type { Control, Info, PresetInfo, Unclip } from "../../../models/types.ts";
import { usageError } from "../arguments.ts";
import { inputOf } from "./input.ts";
import { draw, type Verb } from "./job.ts";
import { Service } from "./service.ts";
import { typeOf, upload } from "./upload.ts";

const MODELS = `{ models {
  name version licence attribution clip dimensions contextLength sizes priors scenes bytes
  presets { name steps priors { name steps samples } upsamplers { size steps } }
} }`;

type Model = Omit<Info, "priors" | "presets"> & {
  readonly priors: readonly string[];
  readonly presets: readonly (PresetInfo & { readonly name: string })[];
};

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
    info: toInfo(model),
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

/** The names of enums in lower case, as the engine has them. */
function toInfo({ priors, presets, ...same }: Model): Info {
  const priorName = (name: string) => name.toLowerCase() as PriorName;
  const entries = presets.map(({ name, ...preset }): [string, PresetInfo] => [
    name.toLowerCase(),
    { ...preset, priors: preset.priors.map((prior) => ({ ...prior, name: priorName(prior.name) })) },
  ]);
  return {
    ...same,
    priors: priors.map(priorName),
    presets: Object.fromEntries(entries) as Record<PresetName, PresetInfo>,
  };
}

// A remote service behind the interface of an engine.
import type { PresetName, PriorName } from "../../../models/request.ts";
import type { Control, Info, PresetInfo, Unclip } from "../../../models/types.ts";
import { usageError } from "../arguments.ts";
import { toGraphqlInput } from "./input.ts";
import { runJob, type Verb } from "./job.ts";
import { Service } from "./service.ts";
import { typeOf, upload } from "./upload.ts";

const MODELS = `{ models {
  name version licence attribution clip dimensions contextLength sizes defaultSize priors scenes bytes
  presets { name steps inversionSteps priors { name steps samples } upsamplers { size steps } }
} }`;

type Model = Omit<Info, "priors" | "presets"> & {
  readonly priors: readonly string[];
  readonly presets: readonly (PresetInfo & { readonly name: string })[];
};

/** Throws UnclipError if the service is unreachable, is not unclip, or refuses the key. */
export async function openRemote(url: string, key: string | undefined, signal: AbortSignal): Promise<Unclip> {
  const service = new Service(url, key);
  // No retries: a wrong URL stays wrong.
  const [model] = await service.query<readonly Model[]>(MODELS, {}, signal);
  if (!model) throw service.unexpected("no models");

  const verb =
    (name: Verb) =>
    async (request: object, control: Control = {}) => {
      const input = await toGraphqlInput(request, (image) => upload(service, image, control.signal));
      return runJob(service, name, input, control);
    };
  const unsupported = async () => {
    throw usageError("a service does not support score and embed");
  };
  return {
    info: toInfo(model),
    generate: verb("generate"),
    variations: verb("variations"),
    interpolate: verb("interpolate"),
    manipulate: verb("manipulate"),
    reconstruct: verb("reconstruct"),
    // Checks only the file type, to name an unusable picture (inputs.ts).
    embed: async (request) => {
      if ("image" in request) typeOf(request.image);
      return unsupported();
    },
    score: unsupported,
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

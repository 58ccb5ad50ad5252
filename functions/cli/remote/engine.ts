// A remote service behind the interface of an engine.
import type { Capability, PresetName, PriorName } from "../../../models/request.ts";
import type { Control, Info, PresetInfo, Unclip } from "../../../models/types.ts";
import { toGraphqlInput } from "./input.ts";
import { runJob, type Verb } from "./job.ts";
import { retry } from "./retry.ts";
import { Service } from "./service.ts";
import { upload } from "./upload.ts";

const MODELS = `{ models {
  name version licence attribution clip dimensions contextLength sizes defaultSize priors scenes capabilities bytes
  attributes { name values { name phrase } }
  presets { name steps inversionSteps priors { name steps samples } upsamplers { size steps } }
} }`;

const EMBED = "query ($of: ImageOrPrompt!) { embed(of: $of) { vector } }";
const SCORE = "query ($image: ID!, $prompt: String!) { score(image: $image, prompt: $prompt) }";

type Model = Omit<Info, "priors" | "presets" | "capabilities"> & {
  readonly priors: readonly string[];
  readonly capabilities: readonly string[];
  readonly presets: readonly (PresetInfo & { readonly name: string })[];
};

/** Throws UnclipError if the service is unreachable, is not unclip, or refuses the key. */
export async function openRemote(url: string, key: string | undefined, signal: AbortSignal): Promise<Unclip> {
  const service = new Service(url, key);
  // No retries: a wrong URL stays wrong.
  const [model] = await service.query<readonly Model[]>(MODELS, {}, signal);
  if (!model) throw service.unexpected("no models");

  const sent = (request: object, { signal }: Control) =>
    toGraphqlInput(request, (image) => upload(service, image, signal));
  const verb =
    (name: Verb) =>
    async (request: object, control: Control = {}) =>
      runJob(service, name, await sent(request, control), control);
  const ask = <T>(query: string, variables: Record<string, unknown>, { signal }: Control) =>
    retry(() => service.query<T>(query, variables, signal), signal);
  return {
    info: toInfo(model),
    generate: verb("generate"),
    variations: verb("variations"),
    interpolate: verb("interpolate"),
    manipulate: verb("manipulate"),
    reconstruct: verb("reconstruct"),
    embed: async (request, control = {}) => {
      const of = await sent(request, control);
      const { vector } = await ask<{ readonly vector: readonly number[] }>(EMBED, { of }, control);
      return Float32Array.from(vector);
    },
    score: async (request, control = {}) => ask<number>(SCORE, await sent(request, control), control),
    close: async () => {},
  };
}

/** The names of enums in lower case, as the engine has them. */
function toInfo({ priors, presets, capabilities, ...same }: Model): Info {
  const priorName = (name: string) => name.toLowerCase() as PriorName;
  const entries = presets.map(({ name, ...preset }): [string, PresetInfo] => [
    name.toLowerCase(),
    { ...preset, priors: preset.priors.map((prior) => ({ ...prior, name: priorName(prior.name) })) },
  ]);
  return {
    ...same,
    priors: priors.map(priorName),
    // EMBED_TEXT -> embed-text
    capabilities: capabilities.map((name) => name.toLowerCase().replaceAll("_", "-") as Capability),
    presets: Object.fromEntries(entries) as Record<PresetName, PresetInfo>,
  };
}

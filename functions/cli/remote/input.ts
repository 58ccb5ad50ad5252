// Converts a request to a GraphQL input: values become enum names, pictures become uploads.
import type { ImageOrPrompt, MixItem } from "../../../models/request.ts";

const NAMES: Readonly<Record<string, (value: never) => string>> = {
  preset: (preset: string) => preset.toUpperCase(),
  prior: (prior: string) => prior.toUpperCase(),
  // dpm-solver++ -> DPM_SOLVER_PP
  sampler: (sampler: string) => sampler.toUpperCase().replaceAll("-", "_").replace("++", "_PP"),
  animate: (format: string) => format.toUpperCase(),
};

type Upload = (image: Uint8Array) => Promise<string>;

/** `upload` sends a picture and returns its id. */
export async function toGraphqlInput(request: object, upload: Upload): Promise<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) {
    if (value === undefined) continue;
    if (value instanceof Uint8Array) input[name] = await upload(value);
    else if (name === "between" || name === "mix") input[name] = await toItems(value, upload);
    else input[name] = NAMES[name]?.(value as never) ?? value;
  }
  return input;
}

async function toItems(items: readonly (ImageOrPrompt | MixItem)[], upload: Upload) {
  const inputs = [];
  for (const item of items) inputs.push("image" in item ? { ...item, image: await upload(item.image) } : item);
  return inputs;
}

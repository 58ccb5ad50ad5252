// Requests in the words of the API: names of enums for values, uploads for pictures.
import type { ImageOrPrompt } from "../../../models/request.ts";

const NAMES: Readonly<Record<string, (value: never) => string>> = {
  preset: (preset: string) => preset.toUpperCase(),
  prior: (prior: string) => prior.toUpperCase(),
  // dpm-solver++ -> DPM_SOLVER_PP
  sampler: (sampler: string) => sampler.toUpperCase().replaceAll("-", "_").replace("++", "_PP"),
  animate: (format: string) => format.toUpperCase(),
};

export type Upload = (image: Uint8Array) => Promise<string>;

/** `upload` gives the id by which the service knows a picture. */
export async function inputOf(request: object, upload: Upload): Promise<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) {
    if (value === undefined) continue;
    if (value instanceof Uint8Array) input[name] = await upload(value);
    else if (name === "between") input[name] = await endsOf(value, upload);
    else input[name] = NAMES[name]?.(value as never) ?? value;
  }
  return input;
}

async function endsOf(ends: readonly ImageOrPrompt[], upload: Upload) {
  const named = [];
  for (const end of ends) named.push("image" in end ? { image: await upload(end.image) } : end);
  return named;
}

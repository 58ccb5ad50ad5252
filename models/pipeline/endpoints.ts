// The endpoints of an interpolation, pictures and captions in any mix, as the decoder's bipartite latents (z_i, x_T) (paper 3).
import type { Tensor } from "../tensor/tensor.ts";
import type { InputPicture } from "./images.ts";
import type { Pipeline } from "./pipeline.ts";

type Endpoint = { readonly picture: InputPicture } | { readonly prompt: string };

/** `isPicture`: x_T was inverted from a picture, so that the decoder rebuilds it from there. */
type EndpointLatent = { readonly z: Tensor; readonly x: Tensor; readonly isPicture: boolean };

/**
 * A picture's z_i comes from CLIP and its x_T from inversion, so that the path starts and ends at the pictures themselves. A
 * caption's z_i comes from the prior and its x_T from the seed, the same for all captions. Each stage runs for all endpoints
 * before the next stage starts.
 */
export async function encodeEndpoints(
  pipeline: Pipeline,
  endpoints: readonly Endpoint[],
  seed: number,
): Promise<EndpointLatent[]> {
  const captions = [];
  const pictures = [];
  for (const [place, endpoint] of endpoints.entries()) {
    if ("prompt" in endpoint) {
      const [plan] = await pipeline.planPictures(endpoint.prompt, [seed]);
      captions.push({ place, things: [plan!.whole], seed });
    } else {
      const { seen, small } = endpoint.picture;
      pictures.push({ place, picture: small, z: await pipeline.encodeImage(seen) });
    }
  }
  const sampled = await pipeline.samplePrior(captions);
  const inverted = await pipeline.invert(pictures);
  const latents: EndpointLatent[] = [];
  for (const [i, { place }] of captions.entries()) {
    latents[place] = { z: sampled[i]!, x: pipeline.initialNoise(seed), isPicture: false };
  }
  for (const [i, { place, z }] of pictures.entries()) {
    latents[place] = { z, x: inverted[i]!, isPicture: true };
  }
  return latents;
}

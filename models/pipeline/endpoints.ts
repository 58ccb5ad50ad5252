// The ends of a path, pictures and captions in any mix, as the decoder's bipartite latents (z_i, x_T) (paper 3).

import type { Tensor } from "../tensor/tensor.ts";
import type { InputPicture } from "./images.ts";
import type { Pipeline } from "./pipeline.ts";

export type Endpoint = { readonly picture: InputPicture } | { readonly prompt: string };

export type EndpointLatent = { readonly z: Tensor; readonly x: Tensor; readonly rebuilt: boolean };

/**
 * Pictures by CLIP and by inversion, so that the path begins and ends with the pictures themselves; captions by the prior
 * and by the seed's noise, one for all captions. Stage by stage over all ends.
 */
export async function encodeEndpoints(
  drawing: Pipeline,
  ends: readonly Endpoint[],
  seed: number,
): Promise<EndpointLatent[]> {
  const wished = [];
  const given = [];
  for (const [place, end] of ends.entries()) {
    if ("prompt" in end) {
      const [wish] = await drawing.planPictures(end.prompt, [seed]);
      wished.push({ place, things: [wish!.whole], seed });
    } else given.push({ place, picture: end.picture.small, z: await drawing.encodeImage(end.picture.seen) });
  }
  const imagined = await drawing.samplePrior(wished);
  const inverted = await drawing.invert(given);
  const latents: EndpointLatent[] = [];
  wished.forEach(({ place }, i) => {
    latents[place] = { z: imagined[i]!, x: drawing.initialNoise(seed), rebuilt: false };
  });
  given.forEach(({ place, z }, i) => {
    latents[place] = { z, x: inverted[i]!, rebuilt: true };
  });
  return latents;
}

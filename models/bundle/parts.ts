// The networks of a bundle, and what its CLIP alone is made of.
import { upsamplerStage } from "../types.ts";
import type { NetworkSpec } from "./networks.ts";
import { type BundleSpec, filesOf } from "./spec.ts";

/** What is opened of a bundle: everything, or the encoders of CLIP alone, which embed and score. */
export type Part = "all" | "clip";

export type NetworkKind = "clip-text" | "clip-image" | "prior" | "decoder" | "upsampler";

export type StagedNetwork = { readonly kind: NetworkKind; readonly stage: string; readonly network: NetworkSpec };

/** The networks of a bundle, or of a part of it, with the names of their stages. */
export function networksOf({ clip, prior, decoder, upsamplers }: BundleSpec, part: Part = "all"): StagedNetwork[] {
  type Staged = [NetworkKind, string, NetworkSpec | undefined];
  const clips: Staged[] = [
    ["clip-text", "clip-text", clip.text],
    ["clip-image", "clip-image", clip.image],
  ];
  const others: Staged[] = [
    ...[prior.diffusion, prior.autoregressive, prior.direct].map((each): Staged => ["prior", "prior", each?.network]),
    ["clip-text", "decoder-text", decoder.textEncoder?.network],
    ["decoder", "decoder", decoder.network],
    ["decoder", "autoencoder", decoder.latent?.encode],
    ["decoder", "autoencoder", decoder.latent?.decode],
    ...upsamplers.flatMap(({ to, network, last }): Staged[] => {
      const stage = upsamplerStage(to);
      return [
        ["upsampler", stage, network],
        ["upsampler", stage, last],
      ];
    }),
  ];
  return [...clips, ...(part === "clip" ? [] : others)].flatMap(([kind, stage, network]) =>
    network === undefined ? [] : [{ kind, stage, network }],
  );
}

/** The files that a part of a bundle is made of: everything but the weights of other networks. */
export function filesOfPart(spec: BundleSpec, part: Part): string[] {
  const graphs = (which: Part) => networksOf(spec, which).flatMap(({ network }) => filesOf(spec.files, network.file));
  const kept = new Set(graphs(part));
  const others = new Set(graphs("all").filter((file) => !kept.has(file)));
  return Object.keys(spec.files).filter((file) => !others.has(file));
}

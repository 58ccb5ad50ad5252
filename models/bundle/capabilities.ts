// What a bundle can do, from its bundle.json.
import type { Capability } from "../options.ts";
import type { BundleSpec } from "./spec.ts";
import { PRINCIPAL_COMPONENTS, WHITENING } from "./tensors.ts";

export function capabilitiesOf({ clip, decoder, tensors }: BundleSpec): Capability[] {
  const embedsImages = clip.image !== undefined;
  const encodesLatents = decoder.latent === undefined || decoder.latent.encode !== undefined;
  const holds = (names: BundleSpec["tensors"]["names"]) => names.every((name) => tensors.names.includes(name));
  const has: Record<Capability, boolean> = {
    "embed-text": clip.text !== undefined,
    "embed-image": embedsImages,
    "invert-image": embedsImages && encodesLatents,
    reconstruct: embedsImages && holds(PRINCIPAL_COMPONENTS),
    "noise-embedding": holds(WHITENING),
  };
  return Object.entries(has).flatMap(([name, value]) => (value ? [name as Capability] : []));
}

// Requests as records store them: the parsed requests of models/request.ts, with a blob key in place of each picture.
import type {
  GenerateFields,
  InterpolateFields,
  ManipulateFields,
  MixItem,
  ReconstructFields,
  VariationsFields,
} from "../../models/request.ts";

/** A blob's key and the SHA-256 of its bytes. The same bytes under another key make the same request. */
export type StoredImage = { readonly key: string; readonly sha256: string };

export type StoredMixItem =
  | Exclude<MixItem, { readonly image: unknown }>
  | { readonly image: StoredImage; readonly weight?: number };
/** The size is stored, because another model may have another default. */
type Stored<Fields> = Fields & { readonly size: number };
type StoredMix = { readonly mix?: readonly StoredMixItem[] | undefined };

export type GenerateStored = { readonly kind: "generate" } & StoredMix & Stored<Omit<GenerateFields, "mix">>;
export type VariationsStored = { readonly kind: "variations"; readonly image: StoredImage } & StoredMix &
  Stored<Omit<VariationsFields, "image" | "mix">>;
type StoredEndpoint = { readonly image: StoredImage } | { readonly prompt: string };
/** Part of a request: a picture, or something else. */
export type StoredItem = StoredMixItem | StoredEndpoint;
export type InterpolateStored = {
  readonly kind: "interpolate";
  readonly between: readonly StoredEndpoint[];
} & Stored<Omit<InterpolateFields, "between">>;
export type ManipulateStored = { readonly kind: "manipulate"; readonly image: StoredImage } & Stored<
  Omit<ManipulateFields, "image">
>;
export type ReconstructStored = { readonly kind: "reconstruct"; readonly image: StoredImage } & Stored<
  Omit<ReconstructFields, "image">
>;

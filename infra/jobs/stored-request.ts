// Requests as a record keeps them: what models/request.ts parses, with each picture as the key of a blob in its place.
import type {
  GenerateRequest,
  InterpolateRequest,
  ManipulateRequest,
  VariationsRequest,
} from "../../models/request.ts";

/** The key of a blob, and what its bytes are: the same bytes under another key are the same request. */
export type StoredImage = { readonly key: string; readonly sha256: string };

export type GenerateStored = { readonly kind: "generate" } & GenerateRequest;
export type VariationsStored = { readonly kind: "variations"; readonly image: StoredImage } & Omit<
  VariationsRequest,
  "image"
>;
export type InterpolateStored = {
  readonly kind: "interpolate";
  readonly between: readonly ({ readonly image: StoredImage } | { readonly prompt: string })[];
} & Omit<InterpolateRequest, "between">;
export type ManipulateStored = { readonly kind: "manipulate"; readonly image: StoredImage } & Omit<
  ManipulateRequest,
  "image"
>;

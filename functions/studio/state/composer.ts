// The request that is being composed. It survives a reload.
import { computed, signal } from "@preact/signals";
import type { JobRequest, Preset, Refusal } from "../api/types.ts";
import { captionOf } from "./requests.ts";
import { model } from "./session.ts";
import { stored } from "./stored.ts";

export const COUNTS = [1, 4, 9] as const;
export const PRESETS: readonly Preset[] = ["DRAFT", "STANDARD", "BEST"];
const DEFAULT_SIZE = 256;
const MAX_SEED = 2 ** 32 - 1;

export const caption = stored("caption", "");
export const count = stored<number>("count", 4);
export const preset = stored<Preset>("preset", "STANDARD");
/** As it was typed; "" for a random one. */
export const seed = stored("seed", "");
/** A locked seed is used again; otherwise each request has its own. */
export const seedLocked = stored("seedLocked", false);
/** What the server found wrong with the last request. */
export const refusal = signal<Refusal | undefined>(undefined);

const wantedSize = stored("size", DEFAULT_SIZE);
/** In pixels; one that the model has. */
export const size = computed(() => {
  const { sizes, defaultSize } = model.value ?? { sizes: [DEFAULT_SIZE], defaultSize: DEFAULT_SIZE };
  return sizes.includes(wantedSize.value) ? wantedSize.value : defaultSize;
});
export function setSize(value: number): void {
  wantedSize.value = value;
}

export const seedIsValid = computed(() => /^\d*$/.test(seed.value) && Number(seed.value) <= MAX_SEED);

/** The options of every verb, as the API takes them. */
export const options = computed(() => ({
  size: size.value,
  preset: preset.value,
  ...(seed.value !== "" && seedIsValid.value && { seed: Number(seed.value) }),
}));

/** A seed that was typed, but not locked, is used once. Locking an empty field chooses a seed. */
export function toggleSeedLock(): void {
  seedLocked.value = !seedLocked.value;
  if (seedLocked.value && seed.value === "") seed.value = String(crypto.getRandomValues(new Uint32Array(1))[0]);
}

/** Fills in what a picture was drawn with. */
export function reuse(request: JobRequest, pictureSeed: number): void {
  const text = captionOf(request);
  if (text !== undefined) caption.value = text;
  wantedSize.value = request.size;
  preset.value = request.preset;
  seed.value = String(pictureSeed);
  seedLocked.value = true;
  refusal.value = undefined;
}

// bundle.json, format 2, as a type. models/bundle/parse.ts reads and checks it.
import type { PresetName } from "../request.ts";
import type { ClipSpec, TokenizerSpec } from "./clip.ts";
import type { DecoderSpec, UpsamplerSpec } from "./decoder.ts";
import type { Preset } from "./presets.ts";
import type { PriorSpec } from "./prior.ts";
import type { ScenesSpec } from "./scenes.ts";
import type { TensorsSpec } from "./tensors.ts";

export type BundleSpec = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly attribution: string;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
  readonly tokenizer: TokenizerSpec;
  readonly tensors: TensorsSpec;
  readonly clip: ClipSpec;
  readonly prior: PriorSpec;
  readonly decoder: DecoderSpec;
  readonly upsamplers: readonly UpsamplerSpec[];
  readonly presets: Readonly<Record<PresetName, Preset>>;
  /** Width and height of pictures where a request names none. */
  readonly defaultSize: number;
  /** How captions describe scenes. Without it every caption is used verbatim. */
  readonly scenes?: ScenesSpec | undefined;
};

/** A graph's file and the files with its weights: "prior.onnx", "prior.onnx.data". */
export function filesOf(files: BundleSpec["files"], graph: string): string[] {
  return [
    graph,
    ...Object.keys(files)
      .filter((name) => name.startsWith(`${graph}.`))
      .sort(),
  ];
}

/** Pictures of this size are large enough to look at and quick to draw. */
const USUAL_SIZE = 256;

/** The default of `defaultSize`: the largest size up to 256, or else the smallest. */
export function usualSize(sizes: readonly number[]): number {
  return sizes.findLast((size) => size <= USUAL_SIZE) ?? sizes[0]!;
}

/** Widths and heights that the bundle draws, in pixels, in rising order. */
export function sizesOf({ decoder, upsamplers }: Pick<BundleSpec, "decoder" | "upsamplers">): number[] {
  return [...decoder.sizes, ...upsamplers.map(({ to }) => to)];
}

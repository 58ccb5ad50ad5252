// The published models that `unclip import` brings in, and what is known of them before anything is downloaded.

/** One repository of the Hugging Face hub: the folder that diffusers saved for a pipeline. */
export type Source = {
  /** The class in its model_index.json. */
  readonly pipeline: string;
  readonly repository: string;
  /** The parts that are read; "*" for all of them. */
  readonly parts: readonly string[];
};

export type Family = {
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  /** The Python module that converts it. */
  readonly module: string;
  readonly sources: readonly Source[];
  /** A pipeline that may be given too, for what the model then can do. */
  readonly extra?: Source & { readonly purpose: string };
  /** The module's arguments: the folder of each source, and of the extra one. */
  readonly args: (folders: readonly string[], extra: string | undefined) => readonly string[];
  readonly sizes: string;
  /** Numbers of each network's weights, in the order in which networks are exported. */
  readonly parameters: readonly number[];
  /**
   * Multiplications, in 10^12, of a picture of `size` with the standard preset. The prior's first step counts as 0.47 and each
   * of the others as 0.07: as many as would take their measured times, in which they wait for memory.
   */
  readonly picture: { readonly size: number; readonly work: number };
};

/** Every repository that is downloaded. */
export function repositoriesOf({ sources, extra }: Family): readonly Source[] {
  return extra === undefined ? sources : [...sources, extra];
}

/** The name of a repository without its owner. */
export function nameOf({ repository }: Source): string {
  return repository.split("/")[1]!;
}

const KARLO_PRIOR: Source = {
  pipeline: "UnCLIPPipeline",
  repository: "kakaobrain/karlo-v1-alpha",
  parts: ["prior", "text_encoder", "tokenizer", "prior_scheduler"],
};

/** Counted by models/training/full_size/work.py, from the published configurations. */
export const FAMILIES: readonly Family[] = [
  {
    id: "kandinsky-2-2",
    title: "Kandinsky 2.2 by Sber AI and AIRI",
    licence: "Apache-2.0",
    module: "models.training.kandinsky",
    sources: [
      { pipeline: "KandinskyV22PriorPipeline", repository: "kandinsky-community/kandinsky-2-2-prior", parts: ["*"] },
      { pipeline: "KandinskyV22Pipeline", repository: "kandinsky-community/kandinsky-2-2-decoder", parts: ["*"] },
    ],
    args: (folders) => folders,
    sizes: "512 to 1024 pixels in steps of 64",
    parameters: [694_659_840, 1_844_907_264, 1_026_225_920, 1_253_057_288, 67_832_495],
    picture: { size: 512, work: 46.0 },
  },
  {
    id: "stable-unclip",
    title: "Stable unCLIP 2.1 (l) by Stability AI, with Karlo's prior",
    licence: "CreativeML Open RAIL++-M; prior: CreativeML OpenRAIL-M",
    module: "models.training.stable_unclip",
    sources: [
      {
        pipeline: "StableUnCLIPImg2ImgPipeline",
        repository: "stabilityai/stable-diffusion-2-1-unclip-small",
        parts: ["*"],
      },
    ],
    extra: { ...KARLO_PRIOR, purpose: "captions" },
    args: ([folder], prior) => [folder!, ...(prior === undefined ? [] : ["--prior", prior])],
    sizes: "512 to 768 pixels in steps of 64",
    parameters: [123_650_304, 1_022_030_080, 303_966_208, 340_387_840, 869_517_764, 83_653_863],
    picture: { size: 768, work: 58.8 },
  },
  {
    id: "karlo",
    title: "Karlo v1-alpha by Kakao Brain",
    licence: "CreativeML OpenRAIL-M",
    module: "models.training.karlo",
    sources: [
      { pipeline: "UnCLIPPipeline", repository: "kakaobrain/karlo-v1-alpha", parts: ["*"] },
      {
        pipeline: "UnCLIPImageVariationPipeline",
        repository: "kakaobrain/karlo-v1-alpha-image-variations",
        parts: ["image_encoder", "feature_extractor"],
      },
    ],
    args: ([text, images]) => [text!, "--images", images!],
    sizes: "64 and 256 pixels",
    parameters: [123_650_304, 303_966_208, 1_022_030_080, 885_439_686, 691_579_523, 691_579_523],
    picture: { size: 256, work: 47.1 },
  },
];

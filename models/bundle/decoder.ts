// `decoder` and `upsamplers` in bundle.json.
import type { Betas } from "../diffusion/schedule.ts";
import type { Fields } from "../fields.ts";
import { LIMITS } from "../request.ts";
import { readTextEncoder, type TextEncoderSpec } from "./clip.ts";
import { type LatentSpec, readLatent, readSizes, square } from "./latent.ts";
import { type Expected, type FileOf, float, type NetworkSpec, readNetwork } from "./networks.ts";
import { channelsOf, readNoiseAugmentation, readScheduler, type SchedulerSpec } from "./scheduler.ts";

/**
 * What stands for no z_i in classifier-free guidance: the tensor `decoder.null`, or the network's own embedding, which it uses
 * where its input image_mask is 0.
 */
const UNCONDITIONAL = ["stored", "network"] as const;

export type DecoderSpec = {
  readonly network: NetworkSpec;
  /** Widths and heights in pixels, in rising order. Several only without upsamplers. */
  readonly sizes: readonly number[];
  /** Undefined where the decoder denoises pictures. */
  readonly latent?: LatentSpec | undefined;
  readonly scheduler: SchedulerSpec;
  readonly unconditional: (typeof UNCONDITIONAL)[number];
  /** z_i gets noise of a level by this schedule, and the level is the input noise_level. */
  readonly noiseAugmentation?: Betas | undefined;
  /** The text encoder that the decoder was trained with, where that is not CLIP's. */
  readonly textEncoder?: TextEncoderSpec | undefined;
};

export type UpsamplerSpec = {
  readonly network: NetworkSpec;
  readonly from: number;
  readonly to: number;
  readonly scheduler: SchedulerSpec;
  /** Replaces `network` at the last step: Karlo's is tuned for sharpness there. */
  readonly last?: NetworkSpec | undefined;
  /** Feeds the resized picture without clamping it: bicubic resizing overshoots [-1, 1] at edges. */
  readonly overshoot?: boolean | undefined;
};

const KEYS = ["network", "sizes", "latent", "scheduler", "unconditional", "noiseAugmentation", "textEncoder"];

/** `text`: the caption as CLIP encodes it. */
export function readDecoder(fields: Fields, dimensions: number, text: Expected, file: FileOf): DecoderSpec {
  fields.only(KEYS);
  const sizes = readSizes(fields, "sizes");
  const latent = fields.maybe("latent", (key) => readLatent(fields.object(key), sizes, file));
  const scheduler = readScheduler(fields.object("scheduler"));
  const unconditional = fields.choice("unconditional", UNCONDITIONAL);
  const noiseAugmentation = fields.maybe("noiseAugmentation", (key) => readNoiseAugmentation(fields.object(key)));
  const own = fields.maybe("textEncoder", (key) => readTextEncoder(fields.object(key), file));
  const { channels, factor } = latent ?? { channels: 3, factor: 1 };
  const x = (channels: number) => square(channels, sizes, factor, ["h", "w"]);
  const network = readNetwork(fields.object("network"), file, {
    inputs: {
      x: x(channels),
      t: float("n"),
      image_embedding: float("n", dimensions),
      ...(unconditional === "network" ? { image_mask: float("n") } : {}),
      ...(noiseAugmentation === undefined ? {} : { noise_level: float("n") }),
    },
    optional: own?.text ?? text,
    outputs: { prediction: x(channelsOf(scheduler, channels)) },
  });
  return { network, sizes, latent, scheduler, unconditional, noiseAugmentation, textEncoder: own?.encoder };
}

/** Whether the decoder's network takes the caption. */
export function readsText({ inputs }: NetworkSpec): boolean {
  return Object.keys(inputs).some((name) => name.startsWith("text_"));
}

export function readUpsamplers(root: Fields, sizes: readonly number[], file: FileOf): UpsamplerSpec[] {
  let from = sizes.at(-1)!;
  // An upsampler starts at one size.
  const most = sizes.length === 1 ? Number.POSITIVE_INFINITY : 0;
  return root.list("upsamplers", { min: 0, max: most }, (items, item) => {
    const fields = items.object(item).only(["network", "last", "from", "to", "scheduler", "overshoot"]);
    fields.choice("from", [from]);
    const to = fields.integer("to", { ...LIMITS.size, min: from + 1 });
    const scheduler = readScheduler(fields.object("scheduler"));
    const picture = float("n", 3, to, to);
    const network = (key: string) =>
      readNetwork(fields.object(key), file, {
        inputs: { x: picture, t: float("n"), low: picture },
        outputs: { prediction: float("n", channelsOf(scheduler, 3), to, to) },
      });
    const upsampler = {
      network: network("network"),
      last: fields.maybe("last", network),
      from,
      to,
      scheduler,
      overshoot: fields.maybe("overshoot", (key) => fields.flag(key)),
    };
    from = to;
    return upsampler;
  });
}

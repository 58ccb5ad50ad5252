// `prior` in bundle.json: the priors that sample z_i for a caption.
import type { KeyValueShape } from "../diffusion/key-value-cache.ts";
import { AT_LEAST_ONE, type Fields } from "../fields.ts";
import { PRIORS, type PriorName } from "../request.ts";
import { type Expected, type FileOf, float, int, type NetworkSpec, readLength, readNetwork } from "./networks.ts";
import { channelsOf, readScheduler, type SchedulerSpec } from "./scheduler.ts";

/**
 * What stands for no caption in classifier-free guidance: the caption "", or the network's own embedding, which it uses where
 * text_mask is zero everywhere.
 */
const UNCONDITIONAL = ["empty_caption", "network"] as const;
export type UnconditionalText = (typeof UNCONDITIONAL)[number];

type DiffusionPriorSpec = {
  readonly network: NetworkSpec;
  readonly scheduler: SchedulerSpec;
  readonly unconditional: UnconditionalText;
  /** Of the caption's keys and values; undefined where the network computes them at every step. */
  readonly keyValues?: KeyValueShape | undefined;
};

type AutoregressivePriorSpec = {
  readonly network: NetworkSpec;
  readonly unconditional: UnconditionalText;
  readonly coefficients: number;
  readonly buckets: number;
  readonly dotBuckets: number;
};

/** Maps noise and a caption to z_i in one pass, without guidance. */
type DirectPriorSpec = { readonly network: NetworkSpec };

export type PriorSpec = {
  readonly diffusion?: DiffusionPriorSpec | undefined;
  readonly autoregressive?: AutoregressivePriorSpec | undefined;
  readonly direct?: DirectPriorSpec | undefined;
};

export function readPrior(root: Fields, dimensions: number, text: Expected, file: FileOf): PriorSpec {
  // Without a prior, pictures are drawn from pictures only.
  if (!root.has("prior")) return {};
  const fields = root.object("prior").only(PRIORS);
  if (fields.keys.length === 0) throw root.wrong("prior", `must hold ${PRIORS.join(" or ")}`);
  const embedding = float("n", dimensions);
  return {
    diffusion: fields.maybe("diffusion", (key) => {
      const prior = fields.object(key).only(["network", "scheduler", "unconditional"]);
      const scheduler = readScheduler(prior.object("scheduler"));
      const keyValues = readKeyValues(prior.object("network"));
      const cache = (name: string, tokens: string): Expected =>
        keyValues === undefined ? {} : { [name]: float("n", keyValues.blocks, 2, tokens, keyValues.width) };
      return {
        network: readNetwork(prior.object("network"), file, {
          inputs: { x: embedding, t: float("n"), ...text, ...cache("past_key_values", "past") },
          outputs: {
            prediction: float("n", channelsOf(scheduler, dimensions)),
            ...cache("present_key_values", "present"),
          },
        }),
        scheduler,
        keyValues,
        unconditional: prior.choice("unconditional", UNCONDITIONAL),
      };
    }),
    autoregressive: fields.maybe("autoregressive", (key) => {
      const prior = fields.object(key).only(["network", "unconditional", "coefficients", "buckets", "dotBuckets"]);
      const coefficients = prior.integer("coefficients", { min: 1, max: dimensions });
      const buckets = prior.integer("buckets", { ...AT_LEAST_ONE, min: 2 });
      return {
        network: readNetwork(prior.object("network"), file, {
          inputs: { codes: int("n", coefficients), dot: int("n"), ...text },
          outputs: { logits: float("n", coefficients, buckets) },
        }),
        unconditional: prior.choice("unconditional", UNCONDITIONAL),
        coefficients,
        buckets,
        dotBuckets: prior.integer("dotBuckets", AT_LEAST_ONE),
      };
    }),
    direct: fields.maybe("direct", (key) => {
      const prior = fields.object(key).only(["network"]);
      const io = { inputs: { x: embedding, ...text }, outputs: { prediction: embedding } };
      return { network: readNetwork(prior.object("network"), file, io) };
    }),
  };
}

function readKeyValues(network: Fields): KeyValueShape | undefined {
  const output = "present_key_values"; // (n, blocks, 2, tokens, width)
  if (!network.object("outputs").has(output)) return undefined;
  return { blocks: readLength(network, output, 5, 1), width: readLength(network, output, 5, 4) };
}

/** The first one is the default. */
export function priorsOf(prior: PriorSpec): PriorName[] {
  return PRIORS.filter((name) => prior[name] !== undefined);
}

// Reads bundle.json, format 1, and checks every key. The shapes of all networks follow from a few sizes (D, L, W, K, B and the
// picture sizes), so a bundle whose parts do not fit together is refused here.
import type { Prediction, Variance } from "../diffusion/denoiser.ts";
import { UnclipError } from "../errors.ts";
import { Fields } from "../fields.ts";
import { SAMPLERS } from "../request.ts";
import { type Expected, type FileOf, float, int, readNetwork } from "./networks.ts";
import { readScenes } from "./scenes.ts";
import type { BundleSpec, ClipSpec, DecoderSpec, Preset, Sampling, ScheduleSpec, UpsamplerSpec } from "./spec.ts";

const POSITIVE = { min: 1, max: Number.POSITIVE_INFINITY };
const NATURAL = { min: 0, max: Number.POSITIVE_INFINITY };
const ANY = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/** Throws INVALID_BUNDLE naming the first key that is missing or wrong, by its path. */
export function parseBundle(json: unknown): BundleSpec {
  const root = new Fields(json, "", (field, problem) => {
    const subject = field === "" ? "its content" : `"${field}"`;
    return new UnclipError("INVALID_BUNDLE", `bundle.json: ${subject} ${problem}`, { field });
  });
  root.choice("format", [1]);
  const files = readFiles(root.object("files"));
  const file = (fields: Fields, key: string): string => {
    const name = fields.text(key);
    if (!Object.hasOwn(files, name)) throw fields.wrong(key, `names ${name}, which "files" does not list`);
    return name;
  };
  const tokenizer = root.object("tokenizer");
  const length = tokenizer.integer("contextLength", POSITIVE);
  const { clip, width } = readClip(root.object("clip"), length, file);
  const text = textInputs(clip.dimensions, length, width);
  const decoder = readDecoder(root.object("decoder"), clip.dimensions, text, file);
  const upsamplers = readUpsamplers(root, decoder.size, file);
  const prior = readPrior(root, clip.dimensions, text, file);
  const presets = root.object("presets");
  return {
    name: root.text("name"),
    version: root.text("version"),
    licence: root.text("licence"),
    attribution: root.text("attribution"),
    files,
    tokenizer: {
      vocab: file(tokenizer, "vocab"),
      merges: file(tokenizer, "merges"),
      contextLength: length,
      padId: tokenizer.integer("padId", NATURAL),
      words: tokenizer.maybe("words", (key) => file(tokenizer, key)),
    },
    tensors: file(root, "tensors"),
    clip,
    prior,
    decoder,
    upsamplers,
    presets: {
      draft: readPreset(presets.object("draft"), prior, upsamplers.length),
      standard: readPreset(presets.object("standard"), prior, upsamplers.length),
      best: readPreset(presets.object("best"), prior, upsamplers.length),
    },
    scenes: root.maybe("scenes", (key) => readScenes(root.object(key))),
  };
}

function readFiles(fields: Fields): BundleSpec["files"] {
  const entries = fields.keys.map((name) => {
    // A name must stay inside the bundle's folder.
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(name)) throw fields.wrong(name, "is not a plain file name");
    const entry = fields.object(name);
    const sha256 = entry.text("sha256");
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw entry.wrong("sha256", "must be 64 hexadecimal digits");
    return [name, { sha256, bytes: entry.integer("bytes", POSITIVE) }] as const;
  });
  return Object.fromEntries(entries);
}

function readClip(fields: Fields, length: number, file: FileOf): { clip: ClipSpec; width: number } {
  const dimensions = fields.integer("dimensions", POSITIVE);
  const text = fields.object("text");
  const image = fields.object("image");
  const size = image.integer("size", POSITIVE);
  const states = text.object("outputs").object("states");
  // The width of the text states is free: it is read here and expected everywhere else.
  const width = states.list("shape", { min: 3, max: 3 }, (items, axis, index) =>
    index === 2 ? items.integer(axis, POSITIVE) : 0,
  )[2]!;
  const embedding = float("n", dimensions);
  const channels = (key: string) => image.list(key, { min: 3, max: 3 }, (items, item) => items.number(item, ANY));
  const clip: ClipSpec = {
    dimensions,
    normalise: fields.flag("normalise"),
    logitScale: fields.number("logitScale", NATURAL),
    text: readNetwork(text, file, {
      inputs: { tokens: int("n", length) },
      outputs: { embedding, states: float("n", length, width) },
    }),
    image: {
      ...readNetwork(image, file, { inputs: { image: float("n", 3, size, size) }, outputs: { embedding } }),
      size,
      mean: channels("mean"),
      std: channels("std"),
      fit: image.choice("fit", ["squash", "crop"]),
    },
  };
  return { clip, width };
}

function readPrior(root: Fields, dimensions: number, text: Expected, file: FileOf): BundleSpec["prior"] {
  const fields = root.object("prior");
  const embedding = float("n", dimensions);
  const diffusion = fields.maybe("diffusion", (key) => {
    const prior = fields.object(key);
    return {
      network: readNetwork(prior.object("network"), file, {
        inputs: { x: embedding, t: float("n"), ...text },
        outputs: { prediction: embedding },
      }),
      ...readDiffusion(prior),
      clamp: prior.maybe("clamp", (clamp) =>
        prior.number(clamp, { min: Number.MIN_VALUE, max: Number.POSITIVE_INFINITY }),
      ),
    };
  });
  const autoregressive = fields.maybe("autoregressive", (key) => {
    const prior = fields.object(key);
    const coefficients = prior.integer("coefficients", { min: 1, max: dimensions });
    const buckets = prior.integer("buckets", { min: 2, max: Number.POSITIVE_INFINITY });
    return {
      network: readNetwork(prior.object("network"), file, {
        inputs: { codes: int("n", coefficients), dot: int("n"), ...text },
        outputs: { logits: float("n", coefficients, buckets) },
      }),
      coefficients,
      buckets,
      dotBuckets: prior.integer("dotBuckets", POSITIVE),
    };
  });
  if (diffusion === undefined && autoregressive === undefined) {
    throw root.wrong("prior", "must hold diffusion or autoregressive");
  }
  return { diffusion, autoregressive };
}

function readDecoder(fields: Fields, dimensions: number, text: Expected, file: FileOf): DecoderSpec {
  const size = fields.integer("size", POSITIVE);
  const variance = readVariance(fields);
  const network = readNetwork(fields.object("network"), file, {
    inputs: { x: float("n", 3, size, size), t: float("n"), image_embedding: float("n", dimensions) },
    optional: text,
    outputs: { prediction: float("n", variance === "learned_range" ? 6 : 3, size, size) },
  });
  return { network, size, ...readDiffusion(fields), variance };
}

function readUpsamplers(root: Fields, decoderSize: number, file: FileOf): UpsamplerSpec[] {
  let from = decoderSize;
  return root.list("upsamplers", NATURAL, (items, item) => {
    const fields = items.object(item);
    fields.choice("from", [from]);
    const to = fields.integer("to", { min: from + 1, max: 4096 });
    const variance = readVariance(fields);
    const picture = float("n", 3, to, to);
    const network = (key: string) =>
      readNetwork(fields.object(key), file, {
        inputs: { x: picture, t: float("n"), low: picture },
        outputs: { prediction: float("n", variance === "learned_range" ? 6 : 3, to, to) },
      });
    const upsampler = {
      network: network("network"),
      last: fields.maybe("last", network),
      from,
      to,
      ...readDiffusion(fields),
      variance,
      overshoot: fields.maybe("overshoot", (key) => fields.flag(key)),
    };
    from = to;
    return upsampler;
  });
}

function readDiffusion(fields: Fields): { schedule: ScheduleSpec; prediction: Prediction } {
  const schedule = fields.object("schedule");
  return {
    schedule: {
      kind: schedule.choice("kind", ["cosine", "linear"]),
      steps: schedule.integer("steps", { min: 2, max: 100_000 }),
    },
    prediction: fields.choice("prediction", ["epsilon", "v", "x0"]),
  };
}

function readVariance(fields: Fields): Variance {
  return fields.choice("variance", ["fixed", "learned_range"]);
}

function readPreset(fields: Fields, prior: BundleSpec["prior"], upsamplers: number): Preset {
  const guidance = (from: Fields) => from.number("guidance", NATURAL);
  const priorSamples = (from: Fields) => from.integer("priorSamples", POSITIVE);
  const decoder = fields.object("decoder");
  const diffusion = prior.diffusion === undefined ? undefined : fields.object("prior");
  const autoregressive = prior.autoregressive === undefined ? undefined : fields.object("autoregressive");
  return {
    prior: diffusion && {
      ...readSampling(diffusion),
      guidance: guidance(diffusion),
      priorSamples: priorSamples(diffusion),
    },
    autoregressive: autoregressive && {
      guidance: guidance(autoregressive),
      temperature: autoregressive.number("temperature", { min: 0.01, max: 10 }),
      priorSamples: priorSamples(autoregressive),
    },
    decoder: { ...readSampling(decoder), guidance: guidance(decoder) },
    upsamplers: fields.list("upsamplers", { min: upsamplers, max: upsamplers }, (items, item) =>
      readSampling(items.object(item)),
    ),
  };
}

function readSampling(fields: Fields): Sampling {
  return {
    sampler: fields.choice("sampler", SAMPLERS),
    steps: fields.integer("steps", { min: 2, max: 1000 }),
  };
}

function textInputs(dimensions: number, length: number, width: number): Expected {
  return {
    text_embedding: float("n", dimensions),
    text_states: float("n", length, width),
    text_mask: float("n", length),
  };
}

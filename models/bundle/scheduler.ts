// `scheduler` of a diffusion stage in bundle.json: the keys and values of diffusers' scheduler_config.json.
import { PREDICTION_TYPES, type PredictionType, VARIANCE_TYPES, type VarianceType } from "../diffusion/denoiser.ts";
import { BETA_SCHEDULES, type Betas, type Spacing, TIMESTEP_SPACINGS } from "../diffusion/schedule.ts";
import { ABOVE_ZERO, type Fields } from "../fields.ts";

export type SchedulerSpec = Betas &
  Spacing & {
    readonly predictionType: PredictionType;
    readonly varianceType: VarianceType;
    /** x0 is clamped to this distance from 0 at every step; undefined: it is not clamped. */
    readonly clipSampleRange?: number | undefined;
  };

const BETAS = ["numTrainTimesteps", "betaSchedule", "betaStart", "betaEnd"];
const SAMPLING = ["timestepSpacing", "stepsOffset", "predictionType", "varianceType", "clipSampleRange"];
const BETA = { min: Number.MIN_VALUE, max: 0.999 };

export function readScheduler(fields: Fields): SchedulerSpec {
  const betas = readBetas(fields.only([...BETAS, ...SAMPLING]));
  const timestepSpacing = fields.choice("timestepSpacing", TIMESTEP_SPACINGS);
  if (fields.has("stepsOffset") && timestepSpacing !== "leading") {
    throw fields.wrong("stepsOffset", `is for the timestep spacing "leading", not "${timestepSpacing}"`);
  }
  return {
    ...betas,
    timestepSpacing,
    stepsOffset: fields.maybe("stepsOffset", (key) =>
      fields.integer(key, { min: 0, max: betas.numTrainTimesteps - 1 }),
    ),
    predictionType: fields.choice("predictionType", PREDICTION_TYPES),
    varianceType: fields.choice("varianceType", VARIANCE_TYPES),
    clipSampleRange: fields.maybe("clipSampleRange", (key) => fields.number(key, ABOVE_ZERO)),
  };
}

/** The betas of noise that is added and never removed. */
export function readNoiseAugmentation(fields: Fields): Betas {
  return readBetas(fields.only(BETAS));
}

/** Channels of a prediction of `channels`: a learned variance has as many beside it. */
export function channelsOf({ varianceType }: SchedulerSpec, channels: number): number {
  return varianceType === "learned_range" ? 2 * channels : channels;
}

function readBetas(fields: Fields): Betas {
  const numTrainTimesteps = fields.integer("numTrainTimesteps", { min: 2, max: 100_000 });
  const betaSchedule = fields.choice("betaSchedule", BETA_SCHEDULES);
  if (betaSchedule === "squaredcos_cap_v2") {
    const given = ["betaStart", "betaEnd"].find((key) => fields.has(key));
    if (given !== undefined) throw fields.wrong(given, `has no meaning with the beta schedule "${betaSchedule}"`);
    return { numTrainTimesteps, betaSchedule };
  }
  const betaStart = fields.number("betaStart", BETA);
  return { numTrainTimesteps, betaSchedule, betaStart, betaEnd: fields.number("betaEnd", { ...BETA, min: betaStart }) };
}

/**
 * Noise schedules: x_t = alpha(t) x_0 + sigma(t) noise, with alpha² + sigma² = 1 and integer t in 0..T-1.
 * One more level closes every chain: t = CLEAN, the picture itself.
 */
import { UnclipError } from "../errors.ts";

/** The level below timestep 0: alpha = 1, sigma = 0. */
export const CLEAN = -1;

/** How betas rise from the first timestep to the last, by diffusers' names. */
export const BETA_SCHEDULES = ["linear", "scaled_linear", "squaredcos_cap_v2"] as const;
/**
 * Where the timesteps of a few steps lie, by diffusers' names: from 0 to the last with both ends ("linspace"), from 0 at equal
 * whole strides ("leading"), or from the last at equal strides ("trailing").
 */
export const TIMESTEP_SPACINGS = ["linspace", "leading", "trailing"] as const;

export type Betas = {
  readonly numTrainTimesteps: number;
  readonly betaSchedule: (typeof BETA_SCHEDULES)[number];
  /** The first and the last beta of the linear kinds. */
  readonly betaStart?: number | undefined;
  readonly betaEnd?: number | undefined;
};
export type Spacing = {
  readonly timestepSpacing: (typeof TIMESTEP_SPACINGS)[number];
  /** Added to every timestep of the spacing "leading". */
  readonly stepsOffset?: number | undefined;
};
const EVEN: Spacing = { timestepSpacing: "linspace" };

export class Schedule {
  /** Product of (1 - beta) up to and including t (Ho et al. 2020, section 2); strictly falling. */
  readonly alphasCumprod: Float64Array;
  readonly #spacing: Spacing;

  /** Throws INVALID_BUNDLE unless the values fall strictly within [0, 1). */
  constructor(alphasCumprod: Float64Array, spacing: Spacing = EVEN) {
    let before = 1;
    for (const value of alphasCumprod) {
      if (!(value >= 0 && value < before)) {
        throw new UnclipError(
          "INVALID_BUNDLE",
          "A noise schedule must fall strictly from below 1 and stay at or above 0.",
        );
      }
      before = value;
    }
    this.alphasCumprod = alphasCumprod;
    this.#spacing = spacing;
  }

  /** Number of training steps, T. */
  get steps(): number {
    return this.alphasCumprod.length;
  }

  /** `count` falling timesteps in the spacing of this schedule. Throws INVALID_REQUEST (field "steps"). */
  timesteps(count: number): number[] {
    return timesteps(this.steps, count, this.#spacing);
  }

  /** Share of the picture's variance left at t. */
  alphaBar(t: number): number {
    if (t === CLEAN) return 1;
    const value = this.alphasCumprod[t];
    if (value === undefined) throw new RangeError(`Timestep ${t} is outside a schedule of ${this.steps} steps.`);
    return value;
  }

  alpha(t: number): number {
    return Math.sqrt(this.alphaBar(t));
  }

  sigma(t: number): number {
    return Math.sqrt(1 - this.alphaBar(t));
  }

  /** Half the log of the signal-to-noise ratio (Lu et al. 2022): +Infinity when clean, -Infinity where no signal is left. */
  lambda(t: number): number {
    return Math.log(this.alpha(t)) - Math.log(this.sigma(t));
  }

  /** The angle whose cosine is alpha and whose sine is sigma, 0 when clean (Salimans & Ho 2022, appendix D). */
  angle(t: number): number {
    return Math.atan2(this.sigma(t), this.alpha(t));
  }
}

/** Without a spacing its timesteps are even. Throws INVALID_BUNDLE where the betas are no schedule. */
export function createSchedule(betas: Betas, spacing: Spacing = EVEN): Schedule {
  const beta = betaOf(betas);
  let product = 1;
  const products = Float64Array.from({ length: betas.numTrainTimesteps }, (_, i) => (product *= 1 - beta(i)));
  return new Schedule(products, spacing);
}

/** Beta i, from 0. */
function betaOf({ numTrainTimesteps: steps, betaSchedule, betaStart = 0, betaEnd = 0 }: Betas): (i: number) => number {
  switch (betaSchedule) {
    case "squaredcos_cap_v2":
      return cosineBeta(steps);
    case "linear":
      return between(betaStart, betaEnd, steps);
    case "scaled_linear": {
      const root = between(Math.sqrt(betaStart), Math.sqrt(betaEnd), steps);
      return (i) => root(i) ** 2;
    }
  }
}

/** Improved DDPM's cosine (Nichol & Dhariwal 2021, eq. 17). */
function cosineBeta(steps: number): (i: number) => number {
  const signal = (u: number) => Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  // The last betas would be 1 and leave no signal to predict x0 from: the paper caps them.
  return (i) => Math.min(1 - signal((i + 1) / steps) / signal(i / steps), 0.999);
}

/** Number i of `count` from `first` to `last`. */
function between(first: number, last: number, count: number): (i: number) => number {
  return (i) => first + ((last - first) * i) / (count - 1);
}

/**
 * `count` falling timesteps of `total`. Rounds half to even, as NumPy does: Math.round gives other timesteps at 7 and 25 steps.
 * Throws INVALID_REQUEST (field "steps") unless 2 <= count <= total, and where an offset leads past the last timestep.
 */
export function timesteps(total: number, count: number, spacing: Spacing = EVEN): number[] {
  checkCount(total, count);
  const { stepsOffset = 0 } = spacing;
  const at = placing(spacing.timestepSpacing, total, count);
  const spaced = Array.from({ length: count }, (_, i) => at(count - 1 - i) + stepsOffset);
  if (spaced[0]! >= total) throw badCount(`${count} steps lead past the last of ${total} timesteps.`);
  return spaced;
}

/** Timestep i of `count`, from the lowest. */
function placing(spacing: Spacing["timestepSpacing"], total: number, count: number): (i: number) => number {
  const [whole, stride] = [Math.floor(total / count), (total - 1) / (count - 1)];
  switch (spacing) {
    case "linspace":
      return (i) => roundHalfEven(i * stride);
    case "leading":
      return (i) => i * whole;
    case "trailing":
      return (i) => roundHalfEven(total - (count - 1 - i) * (total / count)) - 1;
  }
}

/** Below the first lambda x0 hardly depends on x, above the second one the noise is no longer seen. */
const LAMBDAS = [-3, 4] as const;

/**
 * `count` falling timesteps: the first of all, then as even in lambda as integers can be, which is what a multistep solver
 * extrapolates well on (uniform log-SNR, as in DPM-Solver, Lu et al. 2022). Throws as `timesteps`.
 */
export function lambdaTimesteps(schedule: Schedule, count: number): number[] {
  checkCount(schedule.steps, count);
  const spaced = [schedule.steps - 1];
  for (let i = 1; i < count; i++) {
    const wanted = LAMBDAS[0] + ((LAMBDAS[1] - LAMBDAS[0]) * (i - 1)) / Math.max(count - 2, 1);
    const far = (t: number) => Math.abs(schedule.lambda(t) - wanted);
    const lowest = count - 1 - i; // leaves a timestep to each that follows
    let t = spaced[i - 1]! - 1;
    while (t > lowest && far(t - 1) <= far(t)) t--;
    spaced.push(t);
  }
  return spaced;
}

function checkCount(total: number, count: number): void {
  if (!(Number.isInteger(count) && count >= 2 && count <= total)) {
    throw badCount(`The number of steps must be a whole number from 2 to ${total}.`);
  }
}

function badCount(problem: string): UnclipError {
  return new UnclipError("INVALID_REQUEST", problem, { field: "steps" });
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

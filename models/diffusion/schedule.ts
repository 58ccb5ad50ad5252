/**
 * Noise schedules: x_t = alpha(t) x_0 + sigma(t) noise, with alpha² + sigma² = 1 and integer t in 0..T-1.
 * One more level closes every chain: t = CLEAN, the picture itself.
 */
import { UnclipError } from "../errors.ts";

/** The level below timestep 0: alpha = 1, sigma = 0. */
export const CLEAN = -1;

export class Schedule {
  /** Product of (1 - beta) up to and including t (Ho et al. 2020, section 2); strictly falling. */
  readonly alphasCumprod: Float64Array;

  /** Throws INVALID_BUNDLE unless the values fall strictly within [0, 1). */
  constructor(alphasCumprod: Float64Array) {
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
  }

  /** Number of training steps, T. */
  get steps(): number {
    return this.alphasCumprod.length;
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

/** Improved DDPM's cosine (Nichol & Dhariwal 2021, eq. 17; diffusers' squaredcos_cap_v2). */
export function cosineSchedule(steps: number): Schedule {
  const signal = (u: number) => Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  // The last betas would be 1 and leave no signal to predict x0 from: the paper caps them.
  return fromBetas(steps, (i) => Math.min(1 - signal((i + 1) / steps) / signal(i / steps), 0.999));
}

/** DDPM's linear betas, 1e-4 to 0.02 at 1,000 steps, scaled to give the same noise with another number of steps. */
export function linearSchedule(steps: number): Schedule {
  const [first, last] = [(1e-4 * 1000) / steps, (0.02 * 1000) / steps];
  return fromBetas(steps, (i) => first + ((last - first) * i) / (steps - 1));
}

function fromBetas(steps: number, beta: (i: number) => number): Schedule {
  let product = 1;
  return new Schedule(Float64Array.from({ length: steps }, (_, i) => (product *= 1 - beta(i))));
}

/**
 * `count` timesteps, evenly from total-1 down to 0, as Karlo spaces them.
 * Rounds half to even, as NumPy does: Math.round gives other timesteps at 7 and 25 steps.
 * Throws INVALID_REQUEST (field "steps") unless 2 <= count <= total.
 */
export function timesteps(total: number, count: number): number[] {
  checkCount(total, count);
  const stride = (total - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => roundHalfEven((count - 1 - i) * stride));
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
    throw new UnclipError("INVALID_REQUEST", `The number of steps must be a whole number from 2 to ${total}.`, {
      field: "steps",
    });
  }
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

"""Golden numbers for models/diffusion: what the papers' equations give, in numpy float64.

    python -m models.training.golden.diffusion     writes test/golden/diffusion.json

The file holds schedules, timesteps, conversions, guidance and, for every sampler, each state of a short trajectory. The
network is a toy with a known answer (toy.py): every value of a picture comes from a mixture of Gaussians, so E[x0 |
x_t] is a formula. In one dimension the probability-flow ODE preserves quantiles, so its exact end is the mixture's
quantile at the rank of the start.

Written from Nichol & Dhariwal 2021 (schedule, learned range), Ho et al. 2020 (DDPM), Song et al. 2021 (DDIM),
Dhariwal & Nichol 2021 App. F (inversion), Lu et al. 2022 (DPM-Solver++ 2M).
test/models/training/test_diffusers_schedulers.py runs diffusers' schedulers along the same trajectories.
"""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np

from models.training.golden.toy import (
    EVEN,
    LEARNED,
    MIXTURES,
    SHAPE,
    Levels,
    T,
    cosine_schedule,
    lambda_timesteps,
    linear_schedule,
    timesteps,
)


def pairs(steps):
    return list(zip(steps, [*steps[1:], -1], strict=True))


def ddpm(levels, denoise, x, steps, noise, fraction=None):
    """Posterior mean (Ho et al. eq. 7), respaced beta; log-variance fixed small or learned (N&D eq. 15)."""
    path = [x]
    for i, (t, s) in enumerate(pairs(steps)):
        x0 = denoise(x, t)
        beta = 1 - levels.ab(t) / levels.ab(s)
        mean = levels.alpha(s) * beta / (1 - levels.ab(t)) * x0
        mean = mean + math.sqrt(1 - beta) * (1 - levels.ab(s)) / (1 - levels.ab(t)) * x
        if s >= 0:
            small = math.log((1 - levels.ab(s)) / (1 - levels.ab(t)) * beta)
            f = fraction(x) if fraction else 0.0
            mean = mean + np.exp(0.5 * (f * math.log(beta) + (1 - f) * small)) * noise[i]
        x = mean
        path.append(x)
    return path


def ddim(levels, denoise, x, steps, noise=(), eta=0.0):
    """Song et al. eq. 12 and 16."""
    path = [x]
    for i, (t, s) in enumerate(pairs(steps)):
        x0 = denoise(x, t)
        spread = eta * math.sqrt((1 - levels.ab(s)) / (1 - levels.ab(t)) * (1 - levels.ab(t) / levels.ab(s)))
        x = levels.alpha(s) * x0 + math.sqrt(1 - levels.ab(s) - spread**2) * levels.epsilon(x, x0, t)
        x = x if spread == 0 else x + spread * noise[i]
        path.append(x)
    return path


def dpm_solver(levels, denoise, x, steps):
    """Lu et al. Algorithm 2 (2M, data prediction); the last step, to lambda = infinity, is x0 itself."""
    path, q, h_before = [x], None, None
    for t, s in pairs(steps):
        x0 = denoise(x, t)
        if s < 0:
            x = x0
        else:
            h = levels.lam(s) - levels.lam(t)
            r = None if q is None else h_before / h
            d = x0 if r is None else (1 + 1 / (2 * r)) * x0 - 1 / (2 * r) * q
            x = levels.sigma(s) / levels.sigma(t) * x - levels.alpha(s) * (math.exp(-h) - 1) * d
            q, h_before = x0, h
        path.append(x)
    return path


def invert(levels, denoise, picture, steps):
    """Dhariwal & Nichol App. F: the ODE's Euler step upwards. The picture, scaled, stands at the lowest timestep."""
    up = steps[::-1]
    x = levels.alpha(up[0]) * picture
    path = [x]
    for s, t in pairwise(up):
        x0 = denoise(x, s)
        x = levels.alpha(t) * x0 + levels.sigma(t) * levels.epsilon(x, x0, s)
        path.append(x)
    return path


def invert_exactly(levels, denoise, picture, steps):
    """For each step the x_t that DDIM brings to x_s, by bisection: a step of the toy is increasing in every number."""
    path, x = [], picture
    for t, s in pairs(steps)[::-1]:
        low, high = np.full_like(x, -50.0), np.full_like(x, 50.0)
        for _ in range(200):
            middle = (low + high) / 2
            x0 = denoise(middle, t)
            below = levels.alpha(s) * x0 + levels.sigma(s) * levels.epsilon(middle, x0, t) < x
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        x = (low + high) / 2
        path.append(x)
    return path


def ode_limit(levels, name, x, t):
    """Where the exact probability-flow ODE takes x from t: the mixture's quantile at x's rank among the x_t."""
    erf = np.vectorize(math.erf)

    def rank(value, a, s):
        return sum(
            w * 0.5 * (1 + erf((value - a * m) / math.sqrt(2 * ((a * d) ** 2 + s**2))))
            for w, m, d in zip(*MIXTURES[name], strict=True)
        )

    wanted = rank(x, levels.alpha(t), levels.sigma(t))
    low, high = np.full_like(x, -5.0), np.full_like(x, 5.0)
    for _ in range(100):
        middle = (low + high) / 2
        below = rank(middle, 1.0, 0.0) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def golden():
    """Everything the file holds, arrays in full precision."""
    random = np.random.default_rng(20220413)

    def draw(*shape):
        return random.standard_normal(shape).astype(np.float32).astype(np.float64)

    cosine, linear = cosine_schedule(), linear_schedule()
    toy, lin = Levels(cosine), Levels(linear)
    start, noise = draw(*SHAPE), [draw(*SHAPE) for _ in range(8)]
    picture = 0.5 * np.sign(draw(*SHAPE)) + 0.1 * draw(*SHAPE)
    picture = picture.astype(np.float32).astype(np.float64)
    net, free = toy.mixture("conditional"), toy.mixture("unconditional")

    def clip(denoise, limit):
        return lambda x, t: np.clip(denoise(x, t), -limit, limit)

    def guided(x, t):
        return free(x, t) + 3.0 * (net(x, t) - free(x, t))

    conversions = []
    for t in [0, 40, 500, 900]:
        x, output = draw(*SHAPE), draw(*SHAPE)
        x0 = {
            "epsilon": (x - toy.sigma(t) * output) / toy.alpha(t),
            "v_prediction": toy.alpha(t) * x - toy.sigma(t) * output,
            "sample": output,
        }
        conversions.append({"t": t, "x": x, "output": output, "x0": x0})

    trajectories = {
        "ddpm": ddpm(toy, clip(net, 0.7), start, timesteps(7), noise),
        "ddpm-learned-range": ddpm(toy, clip(net, 0.55), start, LEARNED, noise, lambda x: (np.tanh(x) + 1) / 2),
        "ddim": ddim(lin, lin.mixture("conditional"), start, EVEN),
        "ddim-eta": ddim(toy, net, start, EVEN, noise, 0.7),
        "ddim-guided": ddim(toy, clip(guided, 0.9), start, EVEN),
        "dpm-solver++": dpm_solver(toy, net, start, timesteps(8)),
        "dpm-solver++-linear": dpm_solver(lin, lin.mixture("conditional"), start, timesteps(8)),
        "dpm-solver++-lambda": dpm_solver(toy, net, start, lambda_timesteps(toy, 15)),
        "inversion": invert(toy, net, picture, EVEN),
        "inversion-exact": invert_exactly(toy, net, picture, EVEN),
    }
    return {
        "command": "python -m models.training.golden.diffusion",
        "schedules": {"cosine": cosine, "linear": linear},
        "timesteps": {str(n): timesteps(n) for n in [2, 7, 15, 25, 27, 50, 64]},
        "lambdaTimesteps": {
            name: {str(n): lambda_timesteps(levels, n) for n in [2, 10, 15, 64]}
            for name, levels in [("cosine", toy), ("linear", lin)]
        },
        "mixtures": MIXTURES,
        "shape": SHAPE,
        "start": start,
        "noise": noise,
        "picture": picture,
        "conversions": conversions,
        "steps": {"even": EVEN, "learned": LEARNED},
        "trajectories": trajectories,
        "limit": ode_limit(toy, "conditional", start, T - 1),
    }


def plain(value):
    """Arrays flat, at 12 digits."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return [float(f"{v:.12g}") for v in value.ravel()]
    return [plain(v) for v in value] if isinstance(value, (list, tuple)) else value


if __name__ == "__main__":
    path = Path(__file__).parents[3] / "test/golden/diffusion.json"
    path.write_text(json.dumps(plain(golden()), separators=(",", ":")) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")

"""The toy problem of the golden numbers: schedules, timesteps, and a network whose answer is a formula.

Every value of a picture comes from a mixture of Gaussians, so E[x0 | x_t] is known exactly.
"""

import math

import numpy as np

T = 1000
SHAPE = (1, 3, 2, 2)
EVEN = [800, 600, 400, 200, 0]  # the only spacing that diffusers' DDIM schedulers can also walk
LEARNED = [900, 700, 400, 150, 0]
MIXTURES = {  # weights, means, standard deviations
    "conditional": [[0.3, 0.7], [-0.6, 0.5], [0.15, 0.2]],
    "unconditional": [[0.5, 0.5], [-0.4, 0.2], [0.3, 0.4]],
}


def cosine_schedule():
    def f(u):
        return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    return np.cumprod([1 - min(1 - f((i + 1) / T) / f(i / T), 0.999) for i in range(T)])


def linear_schedule():
    return np.cumprod(1 - np.linspace(1e-4, 0.02, T))


def timesteps(n):
    return [int(t) for t in (np.arange(n) * ((T - 1) / (n - 1))).round()[::-1]]


class Levels:
    """alpha_bar and its roots; t = -1 is the clean picture."""

    def __init__(self, alphas_cumprod):
        self.ab = lambda t: 1.0 if t < 0 else float(alphas_cumprod[t])
        self.alpha = lambda t: math.sqrt(self.ab(t))
        self.sigma = lambda t: math.sqrt(1 - self.ab(t))
        self.lam = lambda t: math.log(self.alpha(t)) - math.log(self.sigma(t))

    def mixture(self, name):
        """E[x0 | x_t] of the toy, every number on its own."""
        weights, means, stds = (np.array(v) for v in MIXTURES[name])

        def x0(x, t):
            a, s = self.alpha(t), self.sigma(t)
            variance = (a * stds) ** 2 + s**2
            rest = np.asarray(x)[..., None] - a * means
            log_p = np.log(weights) - 0.5 * np.log(variance) - 0.5 * rest**2 / variance
            p = np.exp(log_p - log_p.max(-1, keepdims=True))
            p /= p.sum(-1, keepdims=True)
            return (p * (means + a * stds**2 / variance * rest)).sum(-1)

        return x0

    def epsilon(self, x, x0, t):
        return (x - self.alpha(t) * x0) / self.sigma(t)


def lambda_timesteps(levels, n):
    """T-1, then even in lambda from -3 to 4: the nearest timesteps, each below the one before it."""
    lam = np.array([levels.lam(t) for t in range(T)])
    steps = [T - 1]
    for i, wanted in enumerate(np.linspace(-3.0, 4.0, n - 1), start=1):
        nearest = int(np.abs(lam - wanted).argmin())
        steps.append(max(n - 1 - i, min(nearest, steps[-1] - 1)))
    return steps

"""Noise schedules, the v target, and a plain DDIM for sample sheets. The engine has its own samplers in TypeScript.

Schedules as in improved DDPM (Nichol & Dhariwal 2021), v as in progressive distillation (Salimans & Ho 2022).
"""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

STEPS = 1000


def alphas_cumprod(kind: str) -> Tensor:
    """(1000) in float64, "cosine" or "linear"."""
    if kind == "linear":
        betas = torch.linspace(1e-4, 0.02, STEPS, dtype=torch.float64)
    else:
        bar = [math.cos((i / STEPS + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(STEPS + 1)]
        clipped = [min(1 - after / before, 0.999) for before, after in pairwise(bar)]
        betas = torch.tensor(clipped, dtype=torch.float64)
    return (1 - betas).cumprod(dim=0)


class Process:
    """q(x_t | x_0) for one schedule; x of any shape (n, ...), t (n) integers."""

    def __init__(self, kind: str):
        bar = alphas_cumprod(kind)
        self.alpha, self.sigma = bar.sqrt().float(), (1 - bar).sqrt().float()

    def at(self, t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        shape = (-1,) + (1,) * (x.dim() - 1)
        return self.alpha.to(x.device)[t].view(shape), self.sigma.to(x.device)[t].view(shape)

    def noised(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        alpha, sigma = self.at(t, x0)
        return alpha * x0 + sigma * noise

    def v(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        alpha, sigma = self.at(t, x0)
        return alpha * noise - sigma * x0

    def x0_from_v(self, x: Tensor, t: Tensor, v: Tensor) -> Tensor:
        alpha, sigma = self.at(t, x)
        return alpha * x - sigma * v

    @torch.no_grad()
    def ddim(self, x0_of: Callable[[Tensor, Tensor], Tensor], x: Tensor, steps: int) -> Tensor:
        """x ~ N(0, 1) -> a sample; x0_of(x, t) predicts the clean x."""
        times = torch.linspace(STEPS - 1, 0, steps).round().long().tolist()
        for now, after in zip(times, [*times[1:], None], strict=True):
            t = torch.full((len(x),), now, device=x.device)
            x0 = x0_of(x, t)
            if after is None:
                return x0
            alpha, sigma = self.at(t, x)
            x = self.noised(x0, torch.full_like(t, after), (x - alpha * x0) / sigma)
        return x

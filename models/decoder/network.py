"""The decoder's network: a mixer that corrects what the memory of icons shows for z_i (paper 2.1).

As in the paper z_i is added to the time embedding. Ours is the memory (memory.py): its picture and the noised one are
joined by their errors into a first estimate of x0. The mixer, which sees both, says how wrong the memory is at each
pixel and adds a correction, where z_i is like that of no icon: of two things, or of something else.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.decoder.memory import CANVAS, IconMemory
from models.decoder.mixer import Mixer
from models.diffusion.process import Process
from models.diffusion.timestep import timestep_embedding

TIME_WIDTH = 128
# The mean squared error of the memory's picture, before the mixer has learned better: up to FAMILIAR, and from STRANGE
# on, where it grows e-fold for each 1 / GROWTH. A prior's z_i lies at about 0.4, one with noise of a quarter of each
# deviation at 1, that of two things at 2. The first is less than measured (0.0001 to 0.0005): the noised picture, drawn
# from the memory's, contains no more than it, and its noise would show in plain areas.
FAMILIAR_ERROR, STRANGE_ERROR = 0.000001, 0.0005
FAMILIAR = 0.9
STRANGE = 1.2  # from this distance on the mixer has its full say, at FAMILIAR none
PIXEL_ERROR = 0.01  # mean squared, at which the correction begins to fade as the noise does
GROWTH = 10.0
AROUND = 5  # pixels, the side of the square over which `shown_error` averages
LARGEST_ERROR = 0.25


class Decoder(nn.Module):
    """x (n, 3, 64, 64) noised picture, t (n) timesteps, image_embedding (n, D) -> x0 (n, 3, 64, 64)."""

    mean: Tensor
    std: Tensor
    alpha: Tensor
    sigma: Tensor

    def __init__(self, dimensions: int, condition: int, memory: dict, mixer: dict):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(TIME_WIDTH, condition), nn.SiLU(), nn.Linear(condition, condition))
        self.embedding = nn.Sequential(nn.Linear(dimensions + 2, condition), nn.SiLU(), nn.Linear(condition, condition))
        self.memory = IconMemory(dimensions, **memory)
        # Stands in for z_i in the unconditional half of guidance.
        self.null = nn.Parameter(torch.zeros(dimensions))
        # Unit embeddings crowd round their mean; whitened, every direction speaks equally loud.
        self.register_buffer("mean", torch.zeros(dimensions))
        self.register_buffer("std", torch.ones(dimensions))
        process = Process("cosine")
        self.register_buffer("alpha", process.alpha, persistent=False)
        self.register_buffer("sigma", process.sigma, persistent=False)
        self.mixer = Mixer(6, 4, CANVAS, condition=condition, **mixer)

    def forward(self, x: Tensor, t: Tensor, image_embedding: Tensor) -> Tensor:
        return self.draw(x, t, image_embedding, *self.known(x, t, self.whiten(image_embedding)))

    def known(self, x: Tensor, t: Tensor, white: Tensor) -> tuple[Tensor, Tensor]:
        """What the memory shows for whitened z_i (n, D), and how near it is. z_i says which icon it is, so x does not
        matter."""
        return self.memory(white)

    def levels(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """alpha and sigma, (n, 1, 1, 1) each"""
        alpha, sigma = (table[t.round().long()].view(-1, 1, 1, 1) for table in (self.alpha, self.sigma))
        return alpha, sigma

    def whiten(self, image_embedding: Tensor) -> Tensor:
        return (image_embedding - self.mean) / self.std

    def draw(self, x: Tensor, t: Tensor, image_embedding: Tensor, known: Tensor, nearness: Tensor) -> Tensor:
        """`forward` after the memory: its picture `known` (n, 3, 64, 64) and `nearness` (n, 2)."""
        white = self.whiten(image_embedding)
        given = torch.cat([white, nearness.clamp(max=4)], dim=1)
        condition = self.time(timestep_embedding(t, TIME_WIDTH)) + self.embedding(given)
        correction, wrong = self.mixer(torch.cat([x, known], dim=1), condition).float().split([3, 1], dim=1)
        alpha, sigma = self.levels(t)
        beyond = (nearness[:, 0].clamp(max=2) - FAMILIAR).clamp(min=0).view(-1, 1, 1, 1)
        say = (beyond / (STRANGE - FAMILIAR)).clamp(max=1)
        grown = math.log(STRANGE_ERROR / FAMILIAR_ERROR) + (2 * wrong).clamp(-6, 6)
        error = FAMILIAR_ERROR * (GROWTH * beyond + say * grown).exp() + shown_error(x, alpha, sigma, known)
        joined = (sigma**2 * known + error * alpha * x) / (
            sigma**2 + error * alpha**2
        )  # the best mean of it and x / alpha
        return joined + say * correction * sigma / (sigma**2 + PIXEL_ERROR * alpha**2).sqrt()


def shown_error(x: Tensor, alpha: Tensor, sigma: Tensor, known: Tensor) -> Tensor:
    """Squared error of the memory's picture `known` that the noised one shows (n, 1, 64, 64): how far they differ
    around a pixel, beyond twice what noise explains. In drawing it is zero. The x of an inverted picture differs where
    the memory does not hold that picture, which is then drawn again: a local Wiener filter around `known`."""
    difference = (x - alpha * known).square().mean(dim=1, keepdim=True)
    around = F.avg_pool2d(F.pad(difference, (AROUND // 2,) * 4, mode="replicate"), AROUND, stride=1)
    return ((around - 2 * sigma**2) / alpha**2).clamp(0.0, LARGEST_ERROR)

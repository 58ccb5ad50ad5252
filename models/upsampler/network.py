"""The upsamplers' network: convolutions only, conditioned on nothing but the smaller picture (paper 2.1).

No attention and no absolute position, so that what is trained on crops runs at full size. Predicts x0 as convex
upsampling (Teed & Deng 2020): each pixel is a weighted mean of the 3x3 pixels of the smaller picture around it, which
the network has sharpened before. A plain area stays plain, an edge is where the weights change from one side to the
other, and no colour appears that is not near.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.diffusion.timestep import timestep_embedding, zero_init

FACTOR = 4
TIME_WIDTH = 128


class Block(nn.Module):
    """h (n, width, S, S), condition (n, C) -> (n, width, S, S)"""

    def __init__(self, width: int, condition: int):
        super().__init__()
        self.inner, self.outer = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.condition = nn.Linear(condition, width)
        zero_init(self.outer)

    def forward(self, h: Tensor, condition: Tensor) -> Tensor:
        return h + self.outer(F.silu(self.inner(F.silu(h)) + self.condition(condition)[:, :, None, None]))


class Upsampler(nn.Module):
    """x (n, 3, S, S) noised, t (n), low (n, 3, S, S) the smaller picture resized to S -> x0 (n, 3, S, S)."""

    def __init__(self, condition: int, width: int, blocks: int):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(TIME_WIDTH, condition), nn.SiLU(), nn.Linear(condition, condition))
        self.enter = nn.Conv2d(3 * FACTOR**2 + 3, width, 3, padding=1)
        self.blocks = nn.ModuleList(Block(width, condition) for _ in range(blocks))
        self.weigh = nn.Conv2d(width, 9 * FACTOR**2, 1)
        self.sharpen = nn.Conv2d(width, 3, 1)
        zero_init(self.sharpen)
        with torch.no_grad():
            self.weigh.weight.mul_(0.1)
        self.weigh.bias = nn.Parameter(bilinear().log().flatten())

    def forward(self, x: Tensor, t: Tensor, low: Tensor) -> Tensor:
        small = (low[:, :, 1::4, 1::4] + low[:, :, 1::4, 2::4] + low[:, :, 2::4, 1::4] + low[:, :, 2::4, 2::4]) / 4
        condition = F.silu(self.time(timestep_embedding(t, TIME_WIDTH)))
        h = self.enter(torch.cat([F.pixel_unshuffle(x, FACTOR), small], dim=1))
        for block in self.blocks:
            h = block(h, condition)
        h = F.silu(h)
        weights = self.weigh(h).unflatten(1, (9, FACTOR**2)).softmax(dim=1)
        sharp = F.pad(small + self.sharpen(h), (1, 1, 1, 1), mode="replicate")
        height, width = small.shape[2:]
        total = torch.zeros_like(weights[:, :1]).expand(-1, 3, -1, -1, -1)  # (n, 3, 16, S / 4, S / 4)
        for i in range(9):
            near = sharp[:, :, i // 3 : i // 3 + height, i % 3 : i % 3 + width]
            total = total + weights[:, i : i + 1] * near[:, :, None]
        return F.pixel_shuffle(total.flatten(1, 2), FACTOR)


def bilinear() -> Tensor:
    """The weights (9, 16) of the 3x3 pixels around for each of the 4x4 pixels that one becomes, none quite 0."""
    places = (torch.arange(FACTOR) + 0.5) / FACTOR - 0.5  # from the middle of the pixel, in its widths
    along = (1 - (places[None] - torch.tensor([-1.0, 0.0, 1.0])[:, None]).abs()).clamp(min=0.02)  # (3, 4)
    weights = (along[:, None, :, None] * along[None, :, None, :]).reshape(9, FACTOR**2)
    return weights / weights.sum(dim=0)

"""What networks conditioned on a timestep share."""

import math

import torch
from torch import Tensor, nn


def timestep_embedding(t: Tensor, width: int) -> Tensor:
    """t (n) -> (n, width): cosines first, then sines, frequencies from 1 down to 1/10000."""
    half = width // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half, device=t.device) / half)
    angles = t.float()[:, None] * frequencies[None]
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def zero_init(layer: nn.Module) -> None:
    """Sets every parameter to 0, so that the layer adds nothing when training starts."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)

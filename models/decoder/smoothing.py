"""A sigma filter (Lee 1983): each pixel becomes the mean of the pixels around it that are nearly its colour."""

import torch
from torch import Tensor
from torch.nn import functional as F


def smoothed(pictures: Tensor, deviation: float, radius: int) -> Tensor:
    """pictures (n, c, h, w) -> the same shape.

    deviation: difference of colour, Euclidean over the channels, at which a neighbour's weight falls to exp(-1/2).
    """
    height, width = pictures.shape[2:]
    padded = F.pad(pictures, (radius,) * 4, mode="replicate")
    total, weights = torch.zeros_like(pictures), torch.zeros_like(pictures[:, :1])
    for down in range(2 * radius + 1):
        for right in range(2 * radius + 1):
            near = padded[:, :, down : down + height, right : right + width]
            weight = (-(near - pictures).square().sum(dim=1, keepdim=True) / (2 * deviation**2)).exp()
            total, weights = total + weight * near, weights + weight
    return total / weights

"""A sigma filter (Lee 1983): each pixel becomes the mean of the pixels around it that are nearly its colour."""

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 5


def smoothed(pictures: Tensor, deviation: float, spacing: int = 1) -> Tensor:
    """pictures (n, c, h, w) -> the same shape.

    deviation: difference of colour, Euclidean over the channels, at which a neighbour's weight falls to exp(-1/2).
    spacing: pixels between neighbours, of which there are SIDE x SIDE.
    """
    channels = pictures.shape[1]
    padded = F.pad(pictures, (SIDE // 2 * spacing,) * 4, mode="replicate")
    # A convolution that copies: one node of the graph, where a slice for each neighbour would take longer to open.
    copies = torch.eye(SIDE**2, device=pictures.device).view(-1, 1, SIDE, SIDE).repeat(channels, 1, 1, 1)
    near = F.conv2d(padded, copies, groups=channels, dilation=spacing).unflatten(1, (channels, SIDE**2))
    weights = (-(near - pictures[:, :, None]).square().sum(dim=1, keepdim=True) / (2 * deviation**2)).exp()
    return (weights * near).sum(dim=2) / weights.sum(dim=2)

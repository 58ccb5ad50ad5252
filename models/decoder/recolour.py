"""Recolours the dominant part of an icon: the pixels of one hue, or the neutral ones, take a named colour and keep
their shading."""

import torch
from torch import Tensor

COLOURS = {
    "red": "#e0262e",
    "orange": "#f58a1f",
    "yellow": "#fad22d",
    "green": "#3fa64a",
    "blue": "#2f6fe0",
    "purple": "#8a44c8",
    "pink": "#f78cb8",
    "brown": "#7a4a28",
    "black": "#24262b",
    "white": "#f4f4f2",
    "grey": "#8c9096",
}
LUMA = (0.299, 0.587, 0.114)
NEUTRAL, COLOURFUL = 0.06, 0.16  # chroma below which a pixel has no hue, and from which it has one
INSIDE, OUTSIDE = 0.82, 0.57  # cosine to the dominant hue: 35 degrees and 55
GLOSS = 0.7  # how far a highlight goes towards white
TINT = 4  # numbers that say which part of an icon is recoloured: `tint`


def palette() -> Tensor:
    """(colours, 3), 0 to 1"""
    return torch.tensor([[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in COLOURS.values()])


def chroma(rgb: Tensor) -> Tensor:
    """rgb (n, 3, ...) -> the plane of hues (n, 2, ...): its angle is the hue, its length at most 1"""
    red, green, blue = rgb.unbind(dim=1)
    return torch.stack([red - (green + blue) / 2, (green - blue) * 0.75**0.5], dim=1)


def luma(rgb: Tensor) -> Tensor:
    """(n, 3, ...) -> (n, 1, ...)"""
    red, green, blue = rgb.split(1, dim=1)
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


def membership(rgb: Tensor, tint: Tensor) -> Tensor:
    """How far each pixel belongs to the part that `tint` names; rgb (n, 3, h, w), tint (n, TINT) -> (n, 1, h, w).

    tint: the direction of the dominant hue (2), whether the neutral pixels are meant (1 or 0), the part's median luma.
    """
    colour = chroma(rgb)
    length = colour.square().sum(dim=1, keepdim=True).sqrt().clamp(min=1e-4)
    along = (colour * tint[:, :2, None, None]).sum(dim=1, keepdim=True) / length
    has_hue = smoothstep(length, NEUTRAL, COLOURFUL)
    neutral = tint[:, 2, None, None, None]
    return neutral * (1 - has_hue) + (1 - neutral) * has_hue * smoothstep(along, OUTSIDE, INSIDE)


def smoothstep(x: Tensor, low: float, high: float) -> Tensor:
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def recoloured(layer: Tensor, tint: Tensor, colour: Tensor, share: Tensor) -> Tensor:
    """layer (n, 4, h, w) premultiplied RGBA, 0 to 1; tint (n, TINT); colour (n, 3), which the part's median becomes;
    share (n): 0 leaves the icon as it is -> the shape of layer"""
    alpha = layer[:, 3:]
    rgb = layer[:, :3] / alpha.clamp(min=1e-3)
    part = membership(rgb, tint) * share[:, None, None, None]
    light, middle = luma(rgb), tint[:, 3, None, None, None].clamp(min=0.1)  # none where an icon has no such part
    shade = (light / middle).clamp(0, 1)
    gloss = ((light - middle) / (1 - middle)).clamp(0, 1) * GLOSS
    target = colour[:, :, None, None]
    painted = target * shade + (1 - target) * gloss
    return torch.cat([(rgb + part * (painted - rgb)) * alpha, alpha], dim=1)

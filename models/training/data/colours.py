"""Which part of each icon can be recoloured, what colour it has, and what colours it may take in training."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.decoder.recolour import COLOURS, TINT, chroma, luma, membership, palette
from models.training.data.icons import SINGLE, Icons

VISIBLE = 0.5  # alpha from which a pixel counts
HUES = 36  # directions that are tried as the dominant one
SAMPLE = 200  # visible pixels that are tried with every direction
SMALLEST_PART = 0.3  # of the visible pixels, in one hue
SMALLEST_NEUTRAL = 0.5  # of the visible pixels, neutral, where no hue dominates
LUMA_RANGE = (0.25, 0.93)  # of a part's median: shading needs room on both sides
NEAR = 0.07  # distance in OKLab at which a colour's name fits less by exp(-1/2)
NAMED = 0.75  # share of one name from which a caption may say it
OTHER = 0.06  # share of a name up to which a recoloured icon differs from the original
NAMES = list(COLOURS)


@dataclass
class Parts:
    """For every icon: `tint` (icons, TINT) as in models/decoder/recolour.py, `names` (icons, colours), how well each
    name fits the part's colour, in shares of 1; zeros for an icon without a dominant part."""

    tint: Tensor
    names: Tensor

    @property
    def own(self) -> np.ndarray:
        """(icons), the colour's index where one name fits, otherwise -1."""
        share, index = self.names.max(dim=1)
        return torch.where(share >= NAMED, index, -1).numpy()

    @property
    def targets(self) -> np.ndarray:
        """(icons, colours): whether the icon in this colour differs from the icon as it is."""
        return ((self.names <= OTHER) & (self.names.sum(dim=1, keepdim=True) > 0)).numpy()


def parts(icons: Icons) -> Parts:
    """Computed once and kept beside the icons."""
    path = icons.folder / f"parts-{icons.digest[:12]}.npz"
    if not path.exists():
        table = icons.table(SINGLE)
        found = [part(table[i].float() / 255) for i in range(icons.count)]
        np.savez(path, tint=np.stack([tint for tint, _ in found]), names=np.stack([names for _, names in found]))
    stored = np.load(path)
    return Parts(torch.from_numpy(stored["tint"]), torch.from_numpy(stored["names"]))


def part(layer: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """One icon's layer (4, h, w), premultiplied, 0 to 1 -> its tint (TINT) and how well each name fits (colours)."""
    visible = layer[3] > VISIBLE
    rgb = (layer[:3] / layer[3:].clamp(min=1e-3))[:, visible].T[:, :, None, None].contiguous()  # (pixels, 3, 1, 1)
    angles = torch.arange(HUES) * (2 * torch.pi / HUES)
    tried = torch.zeros(HUES + 1, TINT)
    tried[:HUES, 0], tried[:HUES, 1] = angles.cos(), angles.sin()
    tried[HUES, 2] = 1
    sample = rgb[:: max(1, len(rgb) // SAMPLE)].squeeze().T[None, :, :, None]  # (1, 3, pixels, 1)
    shares = (membership(sample.expand(len(tried), -1, -1, -1), tried) > 0.5).float().mean(dim=(1, 2, 3))
    best = int(shares[:HUES].argmax())
    if shares[best] < SMALLEST_PART:
        best = HUES
        if shares[best] < SMALLEST_NEUTRAL:
            return np.zeros(TINT, np.float32), np.zeros(len(NAMES), np.float32)
    tint = tried[best].clone()
    if best < HUES:  # the direction of the part's mean, which lies between those tried
        near = membership(rgb, tint.expand(len(rgb), -1)).flatten() > 0.5
        tint[:2] = F.normalize(chroma(rgb[near])[:, :, 0, 0].mean(dim=0), dim=0)
    inside = membership(rgb, tint.expand(len(rgb), -1)).flatten() > 0.5
    if not inside.any():
        return np.zeros(TINT, np.float32), np.zeros(len(NAMES), np.float32)
    median = rgb[inside, :, 0, 0].median(dim=0).values
    tint[3] = luma(median[None]).clamp(*LUMA_RANGE)
    return tint.numpy(), names(median[None])[0].numpy()


def names(rgb: Tensor) -> Tensor:
    """rgb (n, 3), 0 to 1 -> how well each name fits (n, colours), in shares of 1."""
    distance = (oklab(rgb)[:, None] - oklab(palette())).square().sum(dim=2)
    return (-distance / (2 * NEAR**2)).softmax(dim=1)


def oklab(rgb: Tensor) -> Tensor:
    """sRGB (n, 3), 0 to 1 -> OKLab (Ottosson 2020)."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb.clamp(min=0) + 0.055) / 1.055) ** 2.4)
    cones = (
        linear
        @ torch.tensor(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        ).T
    )
    return (
        cones.clamp(min=0) ** (1 / 3)
        @ torch.tensor(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        ).T
    )


def held_colours(held: dict, icons: Icons) -> np.ndarray:
    """(concepts, colours): the pairs of `held` that no training draws."""
    slugs = [concept["slug"] for concept in icons.concepts]
    table = np.zeros((len(slugs), len(NAMES)), bool)
    for slug, colour in held["concept_colour"]:
        table[slugs.index(slug), NAMES.index(colour)] = True
    return table


def taken(names: list[str]) -> np.ndarray:
    """Names of concepts -> (concepts, colours): where the name in this colour is not this concept's. It is the whole
    name of one ("blue heart"), has two colours, or is another concept's in that colour: "a blue apple" is the red apple
    in blue, never the green one, and "a green cat" is no black cat."""
    whole, bare = set(names), [uncoloured(name) for name in names]
    first = {name: i for i, name in reversed(list(enumerate(bare)))} | {name: i for i, name in enumerate(names)}
    return np.array(
        [
            [
                first[name] != i or f"{colour} {name}" in whole or bool(set(NAMES) & set(name.split()))
                for colour in NAMES
            ]
            for i, name in enumerate(bare)
        ]
    )


def shared(names: list[str]) -> np.ndarray:
    """Names of concepts -> (concepts): whether another concept has the same name in another colour ("green apple")."""
    bare = [uncoloured(name) for name in names]
    counts = Counter(bare)
    return np.array([counts[name] > 1 for name in bare])


def uncoloured(name: str) -> str:
    """A name without the colour before it: "red apple" -> "apple"."""
    first, _, rest = name.partition(" ")
    return rest if first in NAMES and rest else name

"""Crops for the upsamplers: of scenes drawn at 256 px, and of the icons rendered at 1024 px."""

import json

import numpy as np
import torch
from torch import Tensor

from models.training.context import Context
from models.training.data.scenes import Painter

KEPT = 4  # crops taken from one drawn scene: drawing at 256 px costs more than cropping


def windows(rng: np.random.Generator, pictures: Tensor, n: int, side: int) -> Tensor:
    """n square crops (n, 3, side, side), KEPT from each picture in turn, at multiples of 4 to keep the small grid."""
    size = pictures.shape[-1]
    corners = rng.integers((size - side) // 4 + 1, size=(n, 2)) * 4
    return torch.stack(
        [pictures[i // KEPT, :, down : down + side, right : right + side] for i, (down, right) in enumerate(corners)]
    )


class SceneCrops:
    """Crops of freshly drawn scenes of 256 px, for 64 -> 256."""

    def __init__(self, context: Context, side: int):
        self.side, self.sampler = side, context.sampler
        self.painter: Painter = context.painter(scale=4)

    def draw(self, rng: np.random.Generator, n: int) -> Tensor:
        return windows(rng, self.painter.draw(self.sampler.mixed(rng, -(-n // KEPT))), n, self.side)


class Crops:
    """Crops of the 256 px tiles cut from renders at 1024 px, for 256 -> 1024."""

    def __init__(self, context: Context, side: int):
        folder = context.icons.folder
        facts = json.loads((folder / "hires.json").read_text())
        shape = (facts["count"], facts["size"], facts["size"], 3)
        self.side, self.device = side, context.device
        self.tiles = np.memmap(folder / "hires-1024.bin", np.uint8, "r", shape=shape)

    def draw(self, rng: np.random.Generator, n: int) -> Tensor:
        chosen = self.tiles[np.sort(rng.integers(len(self.tiles), size=-(-n // KEPT)))]
        pictures = torch.from_numpy(chosen).to(self.device).permute(0, 3, 1, 2).float() / 127.5 - 1
        return windows(rng, pictures, n, self.side)

"""Crops for the upsamplers, each with the smaller picture that it is made of: of scenes drawn at 256 px, and of the
icons rendered at 1024 px."""

import json
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.decoder.memory import IconMemory
from models.training.context import Context
from models.training.data.scenes import Painter, Scenes

KEPT = 2  # crops taken from one drawn scene: drawing at 256 px costs more than cropping
DRAWN = 0.6  # of the single icons are given as the decoder draws them
SWAPPED = 0.5  # of the batches have their colour channels in another order, so that more colours are seen


class SceneCrops:
    """Crops of freshly drawn scenes of 256 px, for 64 -> 256.

    drawing: what the decoder shows of scenes of one icon (n, 3, 64, 64), and which of them (n) show the right one.
    """

    def __init__(self, context: Context, side: int, drawing: Callable[..., tuple[Tensor, Tensor]]):
        self.side, self.sampler, self.drawing = side, context.sampler, drawing
        self.painter: Painter = context.painter(scale=4)

    def draw(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Tensor, Tensor]:
        """n crops (n, 3, side, side), and what they are made of (n, 3, side / 4, side / 4)."""
        scenes = self.sampler.mixed(rng, -(-n // KEPT))
        sharp = self.painter.draw(scenes)
        small = spoiled(rng, generator, F.interpolate(sharp, scale_factor=0.25, mode="area"))
        chosen = np.flatnonzero((scenes.second < 0) & (rng.random(len(scenes)) < DRAWN))
        if len(chosen):
            pictures, right = self.drawing(scenes[chosen], generator)
            small[torch.from_numpy(chosen)[right.cpu()]] = pictures[right]
        sharp, small = swapped(rng, sharp, small)
        return windows(rng, sharp, small, n, self.side)


class Crops:
    """Crops of the 256 px tiles cut from renders at 1024 px, for 256 -> 1024."""

    def __init__(self, context: Context, side: int):
        folder = context.icons.folder
        facts = json.loads((folder / "hires.json").read_text())
        shape = (facts["count"], facts["size"], facts["size"], 3)
        self.side, self.device = side, context.device
        self.tiles = np.memmap(folder / "hires-1024.bin", np.uint8, "r", shape=shape)

    def draw(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Tensor, Tensor]:
        chosen = self.tiles[np.sort(rng.integers(len(self.tiles), size=-(-n // KEPT)))]
        sharp = torch.from_numpy(chosen).to(self.device).permute(0, 3, 1, 2).float() / 127.5 - 1
        small = spoiled(rng, generator, F.interpolate(sharp, scale_factor=0.25, mode="area"))
        sharp, small = swapped(rng, sharp, small)
        return windows(rng, sharp, small, n, self.side)


def memory_drawing(memory: IconMemory, singles: Tensor, noise: float) -> Callable[..., tuple[Tensor, Tensor]]:
    """The decoder's picture of scenes of one icon, from their whitened z_i (icons, backgrounds, D) with some noise."""

    @torch.no_grad()
    def drawing(scenes: Scenes, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        white = singles[scenes.first, scenes.background]
        noised = white + noise * torch.randn(white.shape, generator=generator).to(white.device)
        with torch.autocast(white.device.type, enabled=False):
            clean, shaken = memory(white)[0], memory(noised)[0]
        return shaken, (shaken - clean).square().mean(dim=(1, 2, 3)) < 1e-3

    return drawing


def windows(rng: np.random.Generator, sharp: Tensor, small: Tensor, n: int, side: int) -> tuple[Tensor, Tensor]:
    """n square crops (n, 3, side, side), KEPT from each picture in turn, and the same of the pictures of a quarter."""
    corners = rng.integers(small.shape[-1] - side // 4 + 1, size=(n, 2))

    def cut(pictures: Tensor, scale: int) -> Tensor:
        length = side * scale // 4
        return torch.stack(
            [
                pictures[i // KEPT, :, down : down + length, right : right + length]
                for i, (down, right) in enumerate(corners * scale)
            ]
        )

    return cut(sharp, 4), cut(small, 1)


def swapped(rng: np.random.Generator, sharp: Tensor, small: Tensor) -> tuple[Tensor, Tensor]:
    order = torch.from_numpy(rng.permutation(3) if rng.random() < SWAPPED else np.arange(3))
    return sharp[:, order], small[:, order]


def spoiled(rng: np.random.Generator, generator: torch.Generator, small: Tensor) -> Tensor:
    """What a generated picture suffers from: softness and a little noise; half of the batches stay clean."""
    if rng.random() < 0.5:
        soft = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, 1)
        small = torch.lerp(small, soft, float(rng.random() * 0.7))
        noise = torch.randn(small.shape, generator=generator).to(small.device)
        small = small + noise * float(rng.random() * 0.03)
    return small

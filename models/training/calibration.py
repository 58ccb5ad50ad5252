"""What the ranges of 8-bit networks are measured on: scenes as training draws them, noised to timesteps evenly spread."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.diffusion.process import STEPS, Process
from models.training.bundle import Parts
from models.training.data.scenes import Scenes
from models.training.quantise import Feeds
from models.training.stages.upsampler import resized
from models.training.world import World

SEED = 13
PICTURES = {64: 128, 256: 16, 1024: 4}  # by size; each is seen at one timestep
ROWS = 2


def calibration(world: World, parts: Parts) -> dict[str, list[Feeds]]:
    """By graph: the upsamplers, whose time is nearly all convolutions; none for those whose graphs are frozen."""
    sizes = [64 * 4 ** (i + 1) for i in range(len(parts.upsamplers))]
    return {
        f"upsampler-{size}": upsampler_feeds(world, schedule, size)
        for schedule, size in zip(parts.upsampler_schedules, sizes)
    }


def upsampler_feeds(world: World, schedule: str, size: int) -> list[Feeds]:
    """At full size, because the graph has no other. Scenes are drawn at 256 px at most, so 1024 is resized from there."""
    pictures = drawn(world, size)
    low = F.interpolate(pictures, scale_factor=0.25, mode="area")
    return feeds(Process(schedule), pictures, {"low": resized(low, size)})


def scenes(world: World, size: int) -> Scenes:
    return world.sampler.mixed(np.random.default_rng(SEED), PICTURES[size])


def drawn(world: World, size: int) -> Tensor:
    """Those scenes, (n, 3, size, size)"""
    pictures = world.painter(scale=min(size, 256) // 64).draw(scenes(world, size))
    return pictures if pictures.shape[-1] == size else resized(pictures, size)


def feeds(process: Process, pictures: Tensor, conditions: dict[str, Tensor]) -> list[Feeds]:
    generator = torch.Generator().manual_seed(SEED)
    t = torch.linspace(0, STEPS - 1, len(pictures)).round().long()[torch.randperm(len(pictures), generator=generator)]
    x = process.noised(pictures, t, torch.randn(pictures.shape, generator=generator))
    whole = {"x": x, "t": t.float(), **conditions}
    return [
        {name: value[start : start + ROWS].numpy() for name, value in whole.items()}
        for start in range(0, len(pictures), ROWS)
    ]

"""Inputs that calibrate the ranges of the 8-bit networks: training scenes, noised to evenly spread timesteps."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.diffusion.process import STEPS, Process
from models.training.bundle import Parts
from models.training.context import Context
from models.training.data.scenes import Scenes
from models.training.quantise import Feeds
from models.training.stages.upsampler import resized

SEED = 13
PICTURES = {64: 128, 256: 16, 1024: 4}  # by size; each is seen at one timestep
ROWS = 2


def calibration(context: Context, parts: Parts) -> dict[str, list[Feeds]]:
    """By graph: the upsamplers, whose time is nearly all convolutions; none for frozen graphs."""
    sizes = [64 * 4 ** (i + 1) for i in range(len(parts.upsamplers))]
    return {
        f"upsampler-{size}": upsampler_feeds(context, schedule, size)
        for schedule, size in zip(parts.upsampler_schedules, sizes, strict=True)
    }


def upsampler_feeds(context: Context, schedule: str, size: int) -> list[Feeds]:
    """Inputs at full size, the only one of the graph. 1024 px is resized from scenes of 256 px."""
    pictures = drawn(context, size)
    low = F.interpolate(pictures, scale_factor=0.25, mode="area")
    return feeds(Process(schedule), pictures, {"low": resized(low, size)})


def scenes(context: Context, size: int) -> Scenes:
    return context.sampler.mixed(np.random.default_rng(SEED), PICTURES[size])


def drawn(context: Context, size: int) -> Tensor:
    """Those scenes, (n, 3, size, size)"""
    pictures = context.painter(scale=min(size, 256) // 64).draw(scenes(context, size))
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

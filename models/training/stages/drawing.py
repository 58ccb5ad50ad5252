"""What decoders share, whatever tells them what to draw: noised pictures, v, and low resolution at first."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.diffusion.process import STEPS, Process
from models.training.data.scenes import Scenes
from models.training.world import World, save_sheet

SCHEDULE = {
    "schedule": "cosine",
    "learning_rate": 2e-3,
    "ema": 0.998,
    # Low resolution costs a quarter: shapes are learned at 32 px, edges in the rest of the budget at 64.
    "small": {"size": 32, "until": 0.64, "batch": 64},
    "full": {"size": 64, "batch": 32},
}

# What a network is told besides x and t: each of n rows.
Conditions = tuple[Tensor, ...]


class DrawingTask:
    """A stage that fills in `model`, `batch`, `told` and `untold`."""

    model: nn.Module

    def __init__(self, world: World, config: dict):
        self.world, self.config = world, config
        self.process = Process(config["schedule"])
        self.painter = world.painter()
        self.size = config["full"]["size"]

    def batch(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Scenes, Conditions]:
        """n scenes to learn from and what is told of them, now and then nothing."""
        raise NotImplementedError

    def told(self, scenes: Scenes, pictures: Tensor) -> Conditions:
        """What the sheet is drawn from."""
        raise NotImplementedError

    def untold(self, model: nn.Module, n: int) -> Conditions:
        """What stands for nothing in the other half of guidance."""
        raise NotImplementedError

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        stage = self.config["small"] if progress < self.config["small"]["until"] else self.config["full"]
        self.size = stage["size"]
        scenes, told = self.batch(rng, generator, stage["batch"])
        pictures = self.sized(self.painter.draw(scenes))
        t = torch.randint(STEPS, (len(pictures),), generator=generator).to(pictures.device)
        noise = torch.randn(pictures.shape, generator=generator).to(pictures.device)
        predicted = self.model(self.process.noised(pictures, t, noise), t, *told)
        return F.mse_loss(predicted.float(), self.process.v(pictures, t, noise)), {}

    def sized(self, pictures: Tensor) -> Tensor:
        """At the resolution that is trained just now."""
        small = self.size < pictures.shape[-1]
        return F.interpolate(pictures, (self.size,) * 2, mode="area") if small else pictures

    @torch.no_grad()
    def sheet(self, model: nn.Module, path: Path) -> None:
        """Rows of 8: real pictures, and under them what the decoder draws of what it is told of them, at guidance 2."""
        scenes = self.world.sampler.mixed(np.random.default_rng(0), 32)
        pictures = self.painter.draw(scenes)
        told, untold = self.told(scenes, pictures), self.untold(model, len(pictures))
        pictures = self.sized(pictures)
        noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0)).to(pictures.device)
        drawn = sample(model, self.process, told, untold, noise, steps=20, guidance=2.0)
        rows = torch.stack([pictures.view(4, 8, *pictures.shape[1:]), drawn.view(4, 8, *drawn.shape[1:])], dim=1)
        save_sheet(rows.flatten(0, 2), path, columns=8)


@torch.no_grad()
def sample(
    model: nn.Module, process: Process, told: Conditions, untold: Conditions, noise: Tensor, steps: int, guidance: float
) -> Tensor:
    """DDIM with classifier-free guidance on x0, clamped to the range of pictures."""
    both = [torch.cat(halves) for halves in zip(told, untold)]

    def x0_of(x: Tensor, t: Tensor) -> Tensor:
        v = model(torch.cat([x, x]), torch.cat([t, t]), *both).float()
        wanted, free = (process.x0_from_v(x, t, half) for half in v.chunk(2))
        return (free + guidance * (wanted - free)).clamp(-1, 1)

    return process.ddim(x0_of, noise, steps)

"""Training shared by both decoders: noised pictures, the v target, low resolution first."""

from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.diffusion.process import STEPS, Process
from models.training.context import Context, save_sheet
from models.training.data.scenes import Scenes

Model = TypeVar("Model", bound=nn.Module)

SCHEDULE = {
    "schedule": "cosine",
    "learning_rate": 2e-3,
    "ema": 0.998,
    # Low resolution costs a quarter: shapes are learned at 32 px, edges in the rest of the budget at 64.
    "small": {"size": 32, "until": 0.64, "batch": 64},
    "full": {"size": 64, "batch": 32},
}

# The inputs of a network besides x and t, n rows each.
Condition = tuple[Tensor, ...]


class DrawingTask(Generic[Model]):
    """A stage that fills in `model`, `batch`, `condition` and `unconditional`."""

    model: Model

    def __init__(self, context: Context, config: dict):
        self.context, self.config = context, config
        self.process = Process(config["schedule"])
        self.painter = context.painter()
        self.size = config["full"]["size"]

    def batch(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Scenes, Condition]:
        """n training scenes and their condition, which is sometimes empty."""
        raise NotImplementedError

    def condition(self, scenes: Scenes, pictures: Tensor) -> Condition:
        """The condition that the sheet is drawn from."""
        raise NotImplementedError

    def unconditional(self, model: Model, n: int) -> Condition:
        """The empty condition of classifier-free guidance."""
        raise NotImplementedError

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        stage = self.config["small"] if progress < self.config["small"]["until"] else self.config["full"]
        self.size = stage["size"]
        scenes, condition = self.batch(rng, generator, stage["batch"])
        pictures = self.sized(self.painter.draw(scenes))
        t = torch.randint(STEPS, (len(pictures),), generator=generator).to(pictures.device)
        noise = torch.randn(pictures.shape, generator=generator).to(pictures.device)
        predicted = self.model(self.process.noised(pictures, t, noise), t, *condition)
        return F.mse_loss(predicted.float(), self.process.v(pictures, t, noise)), {}

    def sized(self, pictures: Tensor) -> Tensor:
        """At the current training resolution."""
        small = self.size < pictures.shape[-1]
        return F.interpolate(pictures, (self.size,) * 2, mode="area") if small else pictures

    @torch.no_grad()
    def sheet(self, model: Model, path: Path) -> None:
        """Rows of 8: real pictures, and below them the drawings from their conditions, at guidance 2."""
        scenes = self.context.sampler.mixed(np.random.default_rng(0), 32)
        pictures = self.painter.draw(scenes)
        condition, unconditional = self.condition(scenes, pictures), self.unconditional(model, len(pictures))
        pictures = self.sized(pictures)
        noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0)).to(pictures.device)
        drawn = sample(model, self.process, condition, unconditional, noise, steps=20, guidance=2.0)
        rows = torch.stack([pictures.view(4, 8, *pictures.shape[1:]), drawn.view(4, 8, *drawn.shape[1:])], dim=1)
        save_sheet(rows.flatten(0, 2), path, columns=8)


@torch.no_grad()
def sample(
    model: nn.Module,
    process: Process,
    condition: Condition,
    unconditional: Condition,
    noise: Tensor,
    steps: int,
    guidance: float,
) -> Tensor:
    """DDIM with classifier-free guidance on x0, clamped to the range of pictures."""
    both = [torch.cat(halves) for halves in zip(condition, unconditional, strict=True)]

    def x0_of(x: Tensor, t: Tensor) -> Tensor:
        v = model(torch.cat([x, x]), torch.cat([t, t]), *both).float()
        wanted, free = (process.x0_from_v(x, t, half) for half in v.chunk(2))
        return (free + guidance * (wanted - free)).clamp(-1, 1)

    return process.ddim(x0_of, noise, steps)

"""Both upsamplers: crops of real renders, a smaller and spoiled copy as the condition (paper 2.1, App. C)."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.diffusion.process import STEPS, Process
from models.training.context import Context, save_sheet
from models.training.data.hires import Crops, SceneCrops
from models.upsampler.network import Upsampler

CONFIGS = {
    "upsampler-256": {
        "schedule": "cosine",
        "network": {"condition": 128, "unet": {"patch": 4, "channels": [64, 96, 128], "blocks": [2, 2, 2]}},
        "crop": 64,
        "batch": 64,
        "seed": 4,
    },
    "upsampler-1024": {
        "schedule": "linear",
        "network": {"condition": 128, "unet": {"patch": 8, "channels": [64, 96, 128], "blocks": [2, 2, 2]}},
        "crop": 128,
        "batch": 64,
        "seed": 5,
    },
}


class UpsamplerTask:
    def __init__(self, context: Context, name: str):
        self.name, self.context = name, context
        self.config = {**CONFIGS[name], "learning_rate": 1.2e-3, "ema": 0.998}
        torch.manual_seed(self.config["seed"])
        self.model = Upsampler(**self.config["network"])
        self.process = Process(self.config["schedule"])
        self.crops = (SceneCrops if name == "upsampler-256" else Crops)(context, self.config["crop"])

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        sharp = self.crops.draw(rng, self.config["batch"])
        low = resized(spoiled(rng, generator, F.interpolate(sharp, scale_factor=0.25, mode="area")), sharp.shape[-1])
        t = torch.randint(STEPS, (len(sharp),), generator=generator).to(sharp.device)
        noise = torch.randn(sharp.shape, generator=generator).to(sharp.device)
        predicted = self.model(self.process.noised(sharp, t, noise), t, low)
        return F.mse_loss(predicted.float(), sharp), {"resized": F.mse_loss(low, sharp)}

    @torch.no_grad()
    def sheet(self, model: Upsampler, path: Path) -> None:
        """Rows of 8: the condition, what the upsampler makes of it, and the real crop."""
        sharp = self.crops.draw(np.random.default_rng(0), 16)
        low = resized(F.interpolate(sharp, scale_factor=0.25, mode="area"), sharp.shape[-1])
        noise = torch.randn(sharp.shape, generator=torch.Generator().manual_seed(0)).to(sharp.device)
        made = sample(model, self.process, low, noise, steps=8)
        rows = torch.stack([part.view(2, 8, *part.shape[1:]) for part in (low, made, sharp)], dim=1)
        save_sheet(rows.flatten(0, 2), path, columns=8)


def example_inputs(size: int) -> dict[str, Tensor]:
    """Of a network that makes pictures of `size` px, two rows each."""
    x, low = torch.randn(2, 2, 3, size, size, generator=torch.Generator().manual_seed(0))
    return {"x": x, "t": torch.tensor([999.0, 37.0]), "low": low}


def resized(pictures: Tensor, size: int) -> Tensor:
    return F.interpolate(pictures, (size, size), mode="bicubic", antialias=True).clamp(-1, 1)


def spoiled(rng: np.random.Generator, generator: torch.Generator, small: Tensor) -> Tensor:
    """What a generated picture suffers from: softness and a little noise; half of the batches stay clean."""
    if rng.random() < 0.5:
        soft = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, 1)
        small = torch.lerp(small, soft, float(rng.random() * 0.7))
        noise = torch.randn(small.shape, generator=generator).to(small.device)
        small = small + noise * float(rng.random() * 0.06)
    return small


@torch.no_grad()
def sample(model: nn.Module, process: Process, low: Tensor, noise: Tensor, steps: int) -> Tensor:
    def x0_of(x: Tensor, t: Tensor) -> Tensor:
        return model(x, t, low).float().clamp(-1, 1)

    return process.ddim(x0_of, noise, steps)

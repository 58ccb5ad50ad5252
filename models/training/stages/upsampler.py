"""Both upsamplers: crops of real renders, conditioned on a smaller copy (paper 2.1, App. C).

For 64 -> 256 the copy is often what the decoder draws of the same scene; other copies are blurred and noised.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.diffusion.process import STEPS, Process
from models.training.context import Context, save_sheet
from models.training.data.hires import Crops, SceneCrops, memory_drawing
from models.training.few_bits import rounded
from models.training.image_bank import ImageBank
from models.training.memory_fit import fitted
from models.upsampler.network import Upsampler

CONFIGS = {
    "upsampler-256": {
        "schedule": "cosine",
        "network": {"condition": 128, "width": 64, "blocks": 3},
        "batch": 16,
        "seed": 4,
    },
    "upsampler-1024": {
        "schedule": "linear",
        "network": {"condition": 128, "width": 48, "blocks": 2},
        "batch": 16,
        "seed": 5,
    },
}
CROP = 128  # pixels
PRIOR_NOISE = 0.25  # of z_i, in deviations of each dimension
FROM_NOISE = 0.5  # share of the batch at the last timestep: few steps are taken, all of them from there


class UpsamplerTask:
    def __init__(self, context: Context, name: str):
        self.name, self.context = name, context
        self.config = {**CONFIGS[name], "learning_rate": 1.5e-3, "ema": 0.998}
        torch.manual_seed(self.config["seed"])
        self.model = Upsampler(**self.config["network"])
        self.process = Process(self.config["schedule"])
        self.crops = self.scene_crops() if name == "upsampler-256" else Crops(context, CROP)

    def scene_crops(self) -> SceneCrops:
        bank = ImageBank(self.context)
        memory = fitted(bank)
        # As it is stored in the bundle: its grain is to be removed.
        memory.fine_components.copy_(torch.from_numpy(rounded(memory.fine_components.cpu().numpy(), bits=4)))
        return SceneCrops(self.context, CROP, memory_drawing(memory, bank.white_singles, noise=PRIOR_NOISE))

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        """The mean absolute error: its minimum is the median, which keeps edges that the mean blurs."""
        sharp, small = self.crops.draw(rng, generator, self.config["batch"])
        low = resized(small, sharp.shape[-1])
        t = torch.randint(STEPS, (len(sharp),), generator=generator)
        t = torch.where(torch.rand(len(sharp), generator=generator) < FROM_NOISE, STEPS - 1, t).to(sharp.device)
        noise = torch.randn(sharp.shape, generator=generator).to(sharp.device)
        predicted = self.model(self.process.noised(sharp, t, noise), t, low)
        return F.l1_loss(predicted.float(), sharp), {"resized": F.l1_loss(low, sharp)}

    @torch.no_grad()
    def sheet(self, model: Upsampler, path: Path) -> None:
        """Rows of 8: the condition, what the upsampler makes of it in one step and in four, and the real crop."""
        sharp, small = self.crops.draw(np.random.default_rng(0), torch.Generator().manual_seed(0), 16)
        low = resized(small, sharp.shape[-1])
        noise = torch.randn(sharp.shape, generator=torch.Generator().manual_seed(0)).to(sharp.device)
        made = [sample(model, self.process, low, noise, steps) for steps in (1, 4)]
        shown = (low, *made, sharp)
        print([round(F.l1_loss(part, sharp).item(), 5) for part in shown[:-1]], flush=True)
        rows = torch.stack([part.view(2, 8, *part.shape[1:]) for part in shown], dim=1)
        save_sheet(rows.flatten(0, 2), path, columns=8)


def example_inputs(size: int) -> dict[str, Tensor]:
    """Of a network that makes pictures of `size` px, two rows each."""
    x, low = torch.randn(2, 2, 3, size, size, generator=torch.Generator().manual_seed(0))
    return {"x": x, "t": torch.tensor([999.0, 37.0]), "low": low}


def resized(pictures: Tensor, size: int) -> Tensor:
    return F.interpolate(pictures, (size, size), mode="bicubic", antialias=True).clamp(-1, 1)


@torch.no_grad()
def sample(model: nn.Module, process: Process, low: Tensor, noise: Tensor, steps: int) -> Tensor:
    def x0_of(x: Tensor, t: Tensor) -> Tensor:
        return model(x, t, low).float().clamp(-1, 1)

    return process.ddim(x0_of, noise, steps)

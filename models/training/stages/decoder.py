"""The decoder: z_i to a picture of 64x64, with z_i left out 10% of the time for guidance (paper 2.1)."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.decoder.network import Decoder
from models.diffusion.process import STEPS, Process
from models.training.embeddings import BANK, Embeddings
from models.training.world import World, save_sheet

CONFIG = {
    "schedule": "cosine",
    "network": {
        "condition": 256,
        "tokens": 4,
        "memory": {"size": 32, "width": 1024},
        "unet": {"patch": 2, "channels": [64, 128, 256], "blocks": [1, 2, 2]},
    },
    "learning_rate": 2e-3,
    "ema": 0.998,
    "seed": 3,
    "drop": 0.1,
    # Some noise on z_i, at most this share of each dimension's deviation: a prior's z_i is never quite a picture's.
    "blur": 0.25,
    # Low resolution costs a quarter: shapes are learned at 32 px, edges in the rest of the budget at 64.
    "small": {"size": 32, "until": 0.64, "batch": 64},
    "full": {"size": 64, "batch": 32},
}


class DecoderTask:
    name = "decoder"

    def __init__(self, world: World):
        self.world, self.config = world, CONFIG
        self.embeddings = Embeddings(world)
        self.scenes, self.vectors = self.embeddings.bank()
        torch.manual_seed(CONFIG["seed"])
        self.model = Decoder(dimensions=self.embeddings.dimensions, **CONFIG["network"])
        self.model.mean.copy_(self.embeddings.mean)
        self.model.std.copy_(self.embeddings.std)
        self.model.memory.load_state_dict(self.embeddings.clip.rebuild.state_dict())
        self.process = Process(CONFIG["schedule"])
        self.painter = world.painter()
        self.size = CONFIG["full"]["size"]

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        stage = self.config["small"] if progress < self.config["small"]["until"] else self.config["full"]
        self.size = stage["size"]
        chosen = rng.integers(BANK, size=stage["batch"])
        pictures, z = self.painter.draw(self.scenes[chosen]), self.vectors[chosen]
        amount = self.config["blur"] * torch.rand(len(z), 1, generator=generator).to(z.device)
        shaken = torch.randn(z.shape, generator=generator).to(z.device) * self.embeddings.std * amount
        z = F.normalize(z + shaken, dim=-1)
        dropped = torch.rand(len(z), 1, generator=generator).to(z.device) < self.config["drop"]
        z = torch.where(dropped, self.model.null, z)
        pictures = self.sized(pictures)
        t = torch.randint(STEPS, (len(z),), generator=generator).to(z.device)
        noise = torch.randn(pictures.shape, generator=generator).to(z.device)
        predicted = self.model(self.process.noised(pictures, t, noise), t, z)
        return F.mse_loss(predicted.float(), self.process.v(pictures, t, noise)), {}

    def sized(self, pictures: Tensor) -> Tensor:
        """At the resolution that is trained just now."""
        small = self.size < pictures.shape[-1]
        return F.interpolate(pictures, (self.size,) * 2, mode="area") if small else pictures

    @torch.no_grad()
    def sheet(self, model: nn.Module, path: Path) -> None:
        """Rows of 8: real pictures, and under them what the decoder draws from their z_i at guidance 2."""
        scenes = self.world.sampler.mixed(np.random.default_rng(0), 32)
        pictures = self.painter.draw(scenes)
        z = self.embeddings.of_pictures(pictures)
        pictures = self.sized(pictures)
        noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0)).to(z.device)
        drawn = sample(model, self.process, z, noise, steps=20, guidance=2.0)
        rows = torch.stack([pictures.view(4, 8, *pictures.shape[1:]), drawn.view(4, 8, *drawn.shape[1:])], dim=1)
        save_sheet(rows.flatten(0, 2), path, columns=8)


@torch.no_grad()
def sample(model: nn.Module, process: Process, z: Tensor, noise: Tensor, steps: int, guidance: float) -> Tensor:
    """DDIM with classifier-free guidance on x0, clamped to the range of pictures."""

    def x0_of(x: Tensor, t: Tensor) -> Tensor:
        both = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([z, model.null.expand_as(z)])).float()
        told, untold = (process.x0_from_v(x, t, v) for v in both.chunk(2))
        return (untold + guidance * (told - untold)).clamp(-1, 1)

    return process.ddim(x0_of, noise, steps)

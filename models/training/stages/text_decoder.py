"""The text-conditioned decoder: a caption to a picture of 64x64 with no z_i between them, as GLIDE draws.

No part of the bundle. It is what unCLIP is compared with (docs/reports/paper.md): a U-Net that reads the caption
itself and predicts v.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.decoder.text_network import TextDecoder
from models.diffusion.process import STEPS, Process
from models.training.context import CONTEXT_LENGTH, Context, save_sheet
from models.training.data.scenes import Scenes
from models.training.loop import load
from models.training.stages.text import CONFIG as TEXT
from models.training.stages.text import TextTask

CONFIG = {
    "network": {
        "condition": 256,
        "reader": {"layers": 4, "heads": 4},
        "unet": {"patch": 2, "channels": [64, 128, 256], "blocks": [1, 2, 2]},
    },
    "schedule": "cosine",
    "learning_rate": 2e-3,
    "ema": 0.998,
    "seed": 8,
    # Low resolution costs a quarter: shapes are learned at 32 px, edges in the rest of the budget at 64.
    "small": {"size": 32, "until": 0.64, "batch": 64},
    "large": {"size": 64, "batch": 32},
    "full": 0.5,  # of the batches have captions that name style and background
    "drop": 0.1,
}

# What the network reads besides x and t: z_t, text states and mask, n rows each.
Condition = tuple[Tensor, Tensor, Tensor]


class TextDecoderTask:
    name = "text-decoder"

    def __init__(self, context: Context):
        self.context, self.config = context, CONFIG
        self.painter, self.process = context.painter(), Process(CONFIG["schedule"])
        self.size = CONFIG["large"]["size"]
        self.reader = TextTask(context).model
        self.reader.load_state_dict(load("text")["ema"])
        self.reader.to(context.device).eval().requires_grad_(False)
        torch.manual_seed(CONFIG["seed"])
        shapes = {"dimensions": TEXT["dimensions"], "states": TEXT["text"]["width"]}
        self.model = TextDecoder(**shapes, length=CONTEXT_LENGTH, **CONFIG["network"])

    def batch(self, rng: np.random.Generator, n: int) -> tuple[Scenes, Condition]:
        """n scenes and their captions, of which some are empty."""
        scenes = self.context.sampler.mixed(rng, n)
        captions, _ = self.context.captions.sample(rng, scenes, self.config["full"], self.config["drop"])
        return scenes, self.read(captions)

    def read(self, captions: list[str]) -> Condition:
        return self.reader.embed_text(self.context.tokens(captions))

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        stage = self.config["small"] if progress < self.config["small"]["until"] else self.config["large"]
        self.size = stage["size"]
        scenes, condition = self.batch(rng, stage["batch"])
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
    def sheet(self, model: TextDecoder, path: Path) -> None:
        """Rows of 8: real pictures, and below them the drawings from their captions, at guidance 2."""
        scenes = self.context.sampler.mixed(np.random.default_rng(0), 32)
        pictures = self.sized(self.painter.draw(scenes))
        condition, unconditional = self.read(self.context.captions.plain(scenes)), self.read([""] * len(pictures))
        noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0)).to(pictures.device)
        drawn = self.sample(model, condition, unconditional, noise, steps=20, guidance=2.0)
        rows = torch.stack([pictures.view(4, 8, *pictures.shape[1:]), drawn.view(4, 8, *drawn.shape[1:])], dim=1)
        save_sheet(rows.flatten(0, 2), path, columns=8)

    def sample(
        self,
        model: TextDecoder,
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
            wanted, free = (self.process.x0_from_v(x, t, half) for half in v.chunk(2))
            return (free + guidance * (wanted - free)).clamp(-1, 1)

        return self.process.ddim(x0_of, noise, steps)

"""The text-conditioned decoder: a caption to a picture of 64x64 with no z_i between them, as GLIDE draws.

No part of the bundle. It is what unCLIP is compared with (docs/paper.md): a U-Net that reads the caption itself.
"""

import numpy as np
import torch
from torch import Tensor, nn

from models.decoder.text_network import TextDecoder
from models.training.data.scenes import Scenes
from models.training.loop import load
from models.training.stages.drawing import SCHEDULE, Conditions, DrawingTask
from models.training.stages.text import CONFIG as TEXT
from models.training.stages.text import TextTask
from models.training.world import CONTEXT, World

CONFIG = {
    **SCHEDULE,
    "network": {
        "condition": 256,
        "reader": {"layers": 4, "heads": 4},
        "unet": {"patch": 2, "channels": [64, 128, 256], "blocks": [1, 2, 2]},
    },
    "seed": 8,
    "full": 0.5,  # of the batches have captions that name style and background
    "drop": 0.1,
}


class TextDecoderTask(DrawingTask):
    name = "text-decoder"

    def __init__(self, world: World):
        super().__init__(world, CONFIG)
        self.reader = TextTask(world).model
        self.reader.load_state_dict(load("text")["ema"])
        self.reader.to(world.device).eval().requires_grad_(False)
        torch.manual_seed(CONFIG["seed"])
        shapes = {"dimensions": TEXT["dimensions"], "states": TEXT["text"]["width"]}
        self.model = TextDecoder(**shapes, length=CONTEXT, **CONFIG["network"])

    def batch(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Scenes, Conditions]:
        scenes = self.world.sampler.mixed(rng, n)
        captions = self.world.captions.write(rng, scenes, full=rng.random() < self.config["full"])
        captions = [
            "" if luck < self.config["drop"] else text for luck, text in zip(rng.random(n), captions, strict=True)
        ]
        return scenes, self.read(captions)

    def told(self, scenes: Scenes, pictures: Tensor) -> Conditions:
        return self.read(self.world.captions.plain(scenes))

    def untold(self, model: nn.Module, n: int) -> Conditions:
        return self.read([""] * n)

    def read(self, captions: list[str]) -> Conditions:
        return self.reader.embed_text(self.world.tokens(captions))

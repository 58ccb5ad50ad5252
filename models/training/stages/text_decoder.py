"""The text-conditioned decoder: a caption to a picture of 64x64 with no z_i between them, as GLIDE draws.

No part of the bundle. It is what unCLIP is compared with (docs/reports/paper.md): a U-Net that reads the caption
itself.
"""

import numpy as np
import torch
from torch import Tensor

from models.decoder.text_network import TextDecoder
from models.training.context import CONTEXT_LENGTH, Context
from models.training.data.scenes import Scenes
from models.training.loop import load
from models.training.stages.drawing import SCHEDULE, Condition, DrawingTask
from models.training.stages.text import CONFIG as TEXT
from models.training.stages.text import TextTask

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


class TextDecoderTask(DrawingTask[TextDecoder]):
    name = "text-decoder"

    def __init__(self, context: Context):
        super().__init__(context, CONFIG)
        self.reader = TextTask(context).model
        self.reader.load_state_dict(load("text")["ema"])
        self.reader.to(context.device).eval().requires_grad_(False)
        torch.manual_seed(CONFIG["seed"])
        shapes = {"dimensions": TEXT["dimensions"], "states": TEXT["text"]["width"]}
        self.model = TextDecoder(**shapes, length=CONTEXT_LENGTH, **CONFIG["network"])

    def batch(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Scenes, Condition]:
        scenes = self.context.sampler.mixed(rng, n)
        captions = self.context.captions.write(rng, scenes, full=rng.random() < self.config["full"])
        captions = [
            "" if luck < self.config["drop"] else text for luck, text in zip(rng.random(n), captions, strict=True)
        ]
        return scenes, self.read(captions)

    def condition(self, scenes: Scenes, pictures: Tensor) -> Condition:
        return self.read(self.context.captions.plain(scenes))

    def unconditional(self, model: TextDecoder, n: int) -> Condition:
        return self.read([""] * n)

    def read(self, captions: list[str]) -> Condition:
        return self.reader.embed_text(self.context.tokens(captions))

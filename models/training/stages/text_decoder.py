"""The text-conditioned decoder: a caption to a picture of 64x64 with no z_i between them, as GLIDE draws.

No part of the bundle. unCLIP is compared with it (docs/reports/paper.md): the decoder's U-Net, batches and schedule.
"""

import numpy as np
import torch
from torch import Tensor

from models.decoder.text_network import TextDecoder
from models.training.context import CONTEXT_LENGTH, Context
from models.training.data.scenes import Scenes
from models.training.stages.decoder import CONFIG as DECODER
from models.training.stages.drawing import Condition, DrawingTask
from models.training.stages.priors import DROP, CaptionedScenes

CONFIG = {
    **DECODER,
    "network": {
        "condition": DECODER["network"]["condition"],
        "reader": {"layers": 4, "heads": 4},
        "unet": DECODER["network"]["unet"],
    },
    "seed": 8,
    "drop": DROP,
    "blur": 0,
}


class TextDecoderTask(DrawingTask[TextDecoder]):
    name = "text-decoder"

    def __init__(self, context: Context):
        super().__init__(context, CONFIG)
        self.data = CaptionedScenes(context)
        clip = self.data.embeddings.clip
        torch.manual_seed(CONFIG["seed"])
        shapes = {"dimensions": self.data.embeddings.dimensions, "states": clip.text.token.embedding_dim}
        self.model = TextDecoder(**shapes, length=CONTEXT_LENGTH, **CONFIG["network"])

    def batch(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Scenes, Condition]:
        chosen, text = self.data.draw(rng, n)
        return self.data.embeddings.scenes[chosen], text

    def condition(self, scenes: Scenes, pictures: Tensor) -> Condition:
        return self.read(self.context.captions.plain(scenes))

    def unconditional(self, model: TextDecoder, n: int) -> Condition:
        return self.read([""] * n)

    def read(self, captions: list[str]) -> Condition:
        return self.data.embeddings.of_text(self.context.tokens(captions))

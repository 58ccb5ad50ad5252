"""The text-conditioned decoder: a caption to a picture of 64x64 with no z_i between them, as GLIDE draws.

No part of the bundle. It is what unCLIP is compared with (docs/paper.md): the decoder's U-Net, batches and schedule.
"""

import numpy as np
import torch
from torch import Tensor, nn

from models.decoder.text_network import TextDecoder
from models.training.data.scenes import Scenes
from models.training.stages.decoder import CONFIG as DECODER
from models.training.stages.drawing import DrawingTask, Told
from models.training.stages.priors import DROP, CaptionedScenes
from models.training.world import CONTEXT, World

CONFIG = {
    **DECODER,
    "network": {
        "condition": DECODER["network"]["condition"],
        "reader": {"layers": 4, "heads": 4},
        "unet": {"patch": 2, "channels": [64, 128, 256], "blocks": [1, 2, 2]},
    },
    "seed": 8,
    "drop": DROP,
    "blur": 0,
}


class TextDecoderTask(DrawingTask):
    name = "text-decoder"

    def __init__(self, world: World):
        super().__init__(world, CONFIG)
        self.data = CaptionedScenes(world)
        clip = self.data.embeddings.clip
        torch.manual_seed(CONFIG["seed"])
        shapes = {"dimensions": self.data.embeddings.dimensions, "states": clip.text.token.embedding_dim}
        self.model = TextDecoder(**shapes, length=CONTEXT, **CONFIG["network"])

    def batch(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Scenes, Told]:
        chosen, text = self.data.draw(rng, n)
        return self.data.embeddings.scenes[chosen], text

    def told(self, scenes: Scenes, pictures: Tensor) -> Told:
        return self.read(self.world.captions.plain(scenes))

    def untold(self, model: nn.Module, n: int) -> Told:
        return self.read([""] * n)

    def read(self, captions: list[str]) -> Told:
        return self.data.embeddings.of_text(self.world.tokens(captions))

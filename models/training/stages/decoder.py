"""The decoder: z_i to a picture of 64x64, with z_i left out 10% of the time for guidance (paper 2.1)."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.decoder.network import Decoder
from models.training.context import Context
from models.training.data.scenes import Scenes
from models.training.embeddings import BANK, Embeddings
from models.training.stages.drawing import SCHEDULE, Condition, DrawingTask

CONFIG = {
    **SCHEDULE,
    "network": {
        "condition": 256,
        "tokens": 4,
        "memory": {"size": 32, "width": 1024},
        "unet": {"patch": 2, "channels": [64, 128, 256], "blocks": [1, 2, 2]},
    },
    "seed": 3,
    "drop": 0.1,
    # Some noise on z_i, at most this share of each dimension's deviation: a prior's z_i is never quite a picture's.
    "blur": 0.25,
}


class DecoderTask(DrawingTask[Decoder]):
    name = "decoder"

    def __init__(self, context: Context):
        super().__init__(context, CONFIG)
        self.embeddings = Embeddings(context)
        torch.manual_seed(CONFIG["seed"])
        self.model = Decoder(dimensions=self.embeddings.dimensions, **CONFIG["network"])
        self.model.mean.copy_(self.embeddings.mean)
        self.model.std.copy_(self.embeddings.std)
        rebuild = self.embeddings.clip.rebuild
        assert rebuild is not None  # only the judge is trained without
        self.model.memory.load_state_dict(rebuild.state_dict())

    def batch(self, rng: np.random.Generator, generator: torch.Generator, n: int) -> tuple[Scenes, Condition]:
        chosen = rng.integers(BANK, size=n)
        z = self.embeddings.vectors[chosen]
        amount = self.config["blur"] * torch.rand(n, 1, generator=generator).to(z.device)
        shaken = torch.randn(z.shape, generator=generator).to(z.device) * self.embeddings.std * amount
        z = F.normalize(z + shaken, dim=-1)
        dropped = torch.rand(n, 1, generator=generator).to(z.device) < self.config["drop"]
        return self.embeddings.scenes[chosen], (torch.where(dropped, self.model.null, z),)

    def condition(self, scenes: Scenes, pictures: Tensor) -> Condition:
        return (self.embeddings.of_pictures(pictures),)

    def unconditional(self, model: Decoder, n: int) -> Condition:
        return (model.null.expand(n, -1),)

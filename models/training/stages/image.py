"""The image tower learns the colour of the thing: from the weights of picto 2.0's tower (teacher.py) it is taught the
bank's z_i, with the code of the colour that a recoloured icon took (embedding_space.py)."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.clip.network import ImageTower
from models.training.context import Context, save_facts
from models.training.data.scenes import Scenes, held_out_colours
from models.training.image_bank import ImageBank
from models.training.memory_fit import icon_keys
from models.training.mixed_precision import autocast
from models.training.stages.clip import augment
from models.training.teacher import DIMENSIONS, IMAGE, teacher

CONFIG = {
    "dimensions": DIMENSIONS,
    "image": IMAGE,
    "learning_rate": 1e-3,
    "ema": 0.99,
    "seed": 31,
    "batch": 192,
    "pairs": 0.12,  # share of the batch
    "recoloured": 0.6,
    "code": 0.3,  # weight of the error in the directions of colour, beside that of all
    "identity": 0.2,  # weight of the loss that asks which icon it is
    "temperature": 8.0,  # of that loss
}
MEASURED = 600  # scenes of a report


class ImageTask:
    name = "image"

    def __init__(self, context: Context):
        self.context, self.bank, self.config = context, ImageBank(context), CONFIG
        torch.manual_seed(CONFIG["seed"])
        self.model, self.painter = teacher(), context.painter()
        self.keys = icon_keys(self.bank)

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        config, space = self.config, self.bank.space
        scenes, z = self.bank.batch(rng, config["batch"], config["pairs"], config["recoloured"])
        pictures = augment(rng, generator, self.painter.draw(scenes, tuple(rng.integers(-2, 3, size=2))))
        white = space.whiten(self.model(pictures))
        error = white - space.whiten(z)
        code, loss = (error @ space.directions).square().mean(), error.square().mean()
        alone = scenes.second < 0
        identity = self.keys.loss(white[torch.from_numpy(alone)], scenes.first[alone], config["temperature"])
        metrics = {"error": loss.detach(), "code": code.detach(), "identity": identity.detach()}
        return loss + config["code"] * code + config["identity"] * identity, metrics

    @torch.no_grad()
    def sheet(self, model: ImageTower, path: Path) -> None:
        """Writes, as JSON beside where a picture would be, the measures of icons as they are, recoloured as in
        training, and in held-out colours."""
        rng = np.random.default_rng(9)
        seen = self.context.sampler.singles(rng, MEASURED)
        groups = {"as they are": seen, "recoloured": self.context.sampler.recoloured(rng, MEASURED)}
        save_facts(
            {name: self.measures(model, scenes) for name, scenes in groups.items()}
            | {"held-out": self.measures(model, held_out_colours(self.context.sampler))},
            path.with_suffix(".json"),
        )

    def measures(self, model: ImageTower, scenes: Scenes) -> dict:
        """Whitened squared error; how often the nearest icon by everything but colour is the right one, or of the right
        concept; how often the nearest code of the eleven is the right colour."""
        with autocast(self.context.device):
            white = torch.cat(
                [self.bank.whiten(model(self.painter.draw(scenes[i : i + 200]))) for i in range(0, len(scenes), 200)]
            )
        icon = self.context.sampler.allowed[self.keys.logits(white).argmax(dim=1).cpu().numpy()]
        right, concept = icon == scenes.first, self.context.icons.concept
        facts = {
            "error": (white - self.bank.whiten(self.bank.alone(scenes))).square().mean().item(),
            "icon": right.mean(),
            "concept": (concept[icon] == concept[scenes.first]).mean(),
        }
        if (scenes.colour >= 0).all():
            colour = (white @ self.bank.space.directions).argmax(dim=1).cpu().numpy() == scenes.colour
            facts |= {"colour": colour.mean(), "both": (right & colour).mean()}
        return {name: round(float(value), 4) for name, value in facts.items()}

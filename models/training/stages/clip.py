"""CLIP: captions and pictures into one space (paper 2). Also trains the judge, under another name and seed."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.clip.network import Clip
from models.training.context import CONTEXT_LENGTH, Context, save_sheet, without_padding
from models.training.data.scenes import Scenes

CONFIG = {
    "dimensions": 256,
    "text": {"length": CONTEXT_LENGTH, "width": 256, "layers": 2, "heads": 4},
    "image": {"size": 64, "patch": 4, "channels": [64, 128, 256], "blocks": 2},
    "learning_rate": 1.2e-3,
    "ema": 0.995,
    "seed": 1,
    # Of a batch: different concepts on one background | concepts in four variants each, distinguished only by style and
    # background | pairs with their mirror images, distinguished only by the relation. With backgrounds mixed in the
    # first part, training stops at the colour words (6% top-1 after 300 steps); without the other two parts, the loss
    # does not make the embedding encode style, background or place.
    "batch": {"singles": 144, "variants": 14, "pairs": 28},
    # A second loss: the picture at 32 px from z_i alone (docs/reports/training.md reports its gain).
    "rebuild": {"size": 32, "width": 1024},
    "rebuild_weight": 10.0,
}

# The judge of the evaluation only has to name the concept: all of its batch goes into that, under canonical captions.
JUDGE = {
    **CONFIG,
    "seed": 2,
    "learning_rate": 8e-4,
    "batch": {"singles": 256, "variants": 0, "pairs": 0},
    "plain": True,
    "rebuild": None,
}


class ClipTask:
    def __init__(self, context: Context, name: str = "clip", config: dict = CONFIG):
        self.name, self.context = name, context
        self.config = {**config, "text": {**config["text"], "vocabulary": len(context.tokenizer)}}
        torch.manual_seed(config["seed"])
        self.model: Clip = Clip(self.config)
        self.painter = context.painter()

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        sampler, sizes = self.context.sampler, self.config["batch"]
        parts = [
            (sampler.alike(rng, sizes["singles"]), False),
            (sampler.variants(rng, sizes["variants"], 4), True),
            (sampler.pairs(rng, sizes["pairs"], mirrored=True), False),
        ]
        drawn = self.painter.draw(Scenes.join([scenes for scenes, _ in parts]), tuple(rng.integers(-2, 3, size=2)))
        pictures = augment(rng, generator, drawn)
        if self.config.get("plain"):
            tokens = self.context.tokens(self.context.captions.plain(parts[0][0]))
        else:
            tokens = torch.cat([self.context.caption_tokens(rng, scenes, full) for scenes, full in parts])
        z_i = self.model.embed_image(pictures)
        z_t, _ = self.model.embed_text(without_padding(tokens))
        # In fp32: untrained embeddings differ by less than bf16 resolves, and training would never leave that state.
        with torch.autocast(z_i.device.type, enabled=False):
            logits = z_i @ z_t.T * self.model.log_scale.clamp(max=np.log(100)).exp()
        target = torch.arange(len(logits), device=logits.device)
        loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
        right = (logits.argmax(dim=1) == target).float()
        lengths = [len(scenes) for scenes, _ in parts]
        named = zip(("singles", "variants", "pairs"), right.split(lengths), strict=True)
        metrics = {name: part.mean() for name, part in named if len(part)}
        if self.model.rebuild is None:
            return loss, metrics
        small = F.interpolate(drawn, (self.config["rebuild"]["size"],) * 2, mode="area")
        rebuilt = F.mse_loss(self.model.rebuild(z_i).float(), small)
        return loss + self.config["rebuild_weight"] * rebuilt, {**metrics, "rebuilt": rebuilt.detach()}

    @torch.no_grad()
    def sheet(self, model: Clip, path: Path) -> None:
        """For 16 pictures: the picture, then the five pictures of 2,000 nearest to its caption."""
        rng = np.random.default_rng(0)
        queries, pool = self.context.sampler.mixed(rng, 16), self.context.sampler.mixed(rng, 2000)
        z_t, _ = model.embed_text(self.context.caption_tokens(rng, queries, full=True))
        shown = self.painter.draw(pool)
        nearest = (z_t @ model.embed_image(shown).T).topk(5).indices
        rows = torch.cat([self.painter.draw(queries)[:, None], shown[nearest]], dim=1)
        save_sheet(rows.flatten(0, 1), path, columns=6)


def augment(rng: np.random.Generator, generator: torch.Generator, pictures: Tensor) -> Tensor:
    """Blur on some batches and noise on all, so that pictures drawn by a network are not strangers."""
    if rng.random() < 0.3:
        softened = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)
        pictures = torch.lerp(pictures, softened, float(rng.random()))
    noise = torch.randn(pictures.shape, generator=generator).to(pictures.device)
    return pictures + noise * float(rng.random() * 0.06)

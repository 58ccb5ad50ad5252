"""The frozen CLIP, and what every later stage asks of it: embeddings, their statistics, text states."""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from models.clip.network import Clip
from models.training.context import Context
from models.training.data.scenes import Scenes
from models.training.loop import RUNS, load
from models.training.mixed_precision import autocast

BANK = 100_000  # scenes whose z_i is computed once: priors and decoder train on them


def load_clip(device: str) -> Clip:
    """The averaged weights, frozen."""
    state = load("clip")
    model = Clip(state["record"]["config"])
    model.load_state_dict(state["ema"])
    return model.to(device).eval().requires_grad_(False)


class Embeddings:
    def __init__(self, context: Context):
        self.context = context
        self.clip = load_clip(context.device)
        self.dimensions: int = self.clip.text.project.out_features

    @cached_property
    def scenes(self) -> Scenes:
        """BANK scenes, always the same."""
        return self.context.sampler.mixed(np.random.default_rng(11), BANK)

    @cached_property
    def mean(self) -> Tensor:
        return self.vectors.mean(dim=0)

    @cached_property
    def std(self) -> Tensor:
        return self.vectors.std(dim=0)

    @torch.no_grad()
    def of_pictures(self, pictures: Tensor) -> Tensor:
        """(n, 3, 64, 64) -> unit embeddings (n, D)."""
        return self.clip.embed_image(pictures)

    @torch.no_grad()
    def of_text(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """tokens (n, L) -> unit embeddings (n, D), states (n, L, W), mask (n, L) with 1 on real tokens."""
        z_t, states = self.clip.embed_text(tokens)
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        return z_t, states, (positions[None] <= tokens.argmax(dim=-1, keepdim=True)).float()

    @cached_property
    def vectors(self) -> Tensor:
        """z_i of the scenes (BANK, D), cached on disk until CLIP is trained further."""
        path = RUNS / "clip" / "bank.pt"
        stamp = (RUNS / "clip" / "checkpoint.pt").stat().st_mtime
        if path.exists() and path.stat().st_mtime > stamp:
            return torch.load(path, map_location=self.context.device, weights_only=True)
        painter, parts = self.context.painter(), []
        for start in range(0, BANK, 512):
            with autocast(self.context.device):
                parts.append(self.of_pictures(painter.draw(self.scenes[start : start + 512])).float())
        vectors = torch.cat(parts)
        torch.save(vectors, path)
        return vectors

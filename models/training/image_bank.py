"""z_i of every icon on every background, and of scenes of two icons, by the frozen image tower of a bundle.

Computed once and kept in cache/bank: text tower, priors and decoder train on embeddings alone.
"""

from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.training.context import Context
from models.training.data.icons import CACHE
from models.training.data.scenes import Painter, Scenes, single_scenes
from models.training.onnx_runtime import InferenceSession

TOWER = Path("models/bundles/picto/clip-image.onnx")
FOLDER = CACHE / "bank"
PAIRS = 30_000  # scenes of two icons
BATCH = 256


class ImageBank:
    """Embeddings are unit vectors of D numbers; `whiten` brings every dimension to mean 0 and deviation 1."""

    def __init__(self, context: Context, tower: Path = TOWER):
        self.context, self.tower = context, tower
        FOLDER.mkdir(parents=True, exist_ok=True)

    @cached_property
    def pair_scenes(self) -> Scenes:
        return self.context.sampler.pairs(np.random.default_rng(11), PAIRS)

    @cached_property
    def singles(self) -> Tensor:
        """(icons, backgrounds, D)"""
        icons = self.context.icons
        backgrounds = len(icons.background_names)
        icon, background = np.divmod(np.arange(icons.count * backgrounds), backgrounds)
        return self._stored("singles", single_scenes(icon, background)).view(icons.count, backgrounds, -1)

    @cached_property
    def pairs(self) -> Tensor:
        """(PAIRS, D)"""
        return self._stored("pairs", self.pair_scenes)

    @cached_property
    def white_singles(self) -> Tensor:
        """`singles`, whitened."""
        return self.whiten(self.singles)

    @cached_property
    def allowed(self) -> Tensor:
        """The icons that training may see."""
        return torch.from_numpy(self.context.sampler.allowed)

    @cached_property
    def mean(self) -> Tensor:
        """(D), over the icons that training may see."""
        return self._training_singles.mean(dim=0)

    @cached_property
    def std(self) -> Tensor:
        """(D)"""
        return self._training_singles.std(dim=0)

    @property
    def _training_singles(self) -> Tensor:
        return self.singles[self.allowed].flatten(0, 1)

    def whiten(self, z: Tensor) -> Tensor:
        return (z - self.mean) / self.std

    def colour(self, white: Tensor) -> Tensor:
        """The inverse of `whiten`."""
        return white * self.std + self.mean

    def batch(self, rng: np.random.Generator, n: int, pairs: float) -> tuple[Scenes, Tensor]:
        """n scenes and their z_i (n, D); `pairs`: the share of scenes of two icons."""
        paired = rng.integers(PAIRS, size=(round(n * pairs),))
        alone = self.context.sampler.singles(rng, n - len(paired))
        z = torch.cat([self.singles[alone.first, alone.background], self.pairs[paired]])
        return Scenes.join([alone, self.pair_scenes[paired]]), z

    def _stored(self, name: str, scenes: Scenes) -> Tensor:
        path = FOLDER / f"{name}-{self.context.icons.digest[:12]}.npy"
        if not path.exists():
            np.save(path, embed(self.tower, self.context.painter(), scenes))
        return torch.from_numpy(np.load(path)).to(self.context.device)


def embed(tower: Path, painter: Painter, scenes: Scenes) -> np.ndarray:
    """z_i of the scenes, (n, D)."""
    session = InferenceSession(tower)
    parts = [
        np.asarray(session.run(None, {"image": painter.draw(scenes[start : start + BATCH]).cpu().numpy()})[0])
        for start in range(0, len(scenes), BATCH)
    ]
    return np.concatenate(parts)

"""z_i of every icon on every background, and of scenes of two icons, by the image tower of picto 2.0 (teacher.py),
with the code of their colour (embedding_space.py).

Computed once and kept in cache/bank: text tower, priors and decoder train on embeddings alone.
"""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.training.context import Context
from models.training.data.icons import CACHE
from models.training.data.scenes import Scenes, single_scenes
from models.training.embedding_space import Space
from models.training.teacher import embed, teacher

FOLDER = CACHE / "bank"
PAIRS = 30_000  # scenes of two icons


class ImageBank:
    """Embeddings are unit vectors of D numbers; `whiten` brings every dimension to mean 0 and deviation 1."""

    def __init__(self, context: Context):
        self.context, self.space = context, Space.load(context.device)
        FOLDER.mkdir(parents=True, exist_ok=True)

    @cached_property
    def pair_scenes(self) -> Scenes:
        return self.context.sampler.pairs(np.random.default_rng(11), PAIRS)

    @cached_property
    def singles(self) -> Tensor:
        """(icons, backgrounds, D), each in its own colour"""
        return self.colour(self.white_singles)

    @cached_property
    def _seen(self) -> Tensor:
        """What the tower says of each icon on each background, (icons, backgrounds, D)."""
        icons = self.context.icons
        backgrounds = len(icons.background_names)
        icon, background = np.divmod(np.arange(icons.count * backgrounds), backgrounds)
        return self._stored("singles", single_scenes(icon, background)).view(icons.count, backgrounds, -1)

    @cached_property
    def pairs(self) -> Tensor:
        """(PAIRS, D), with the mean of both things' colours"""
        names = self.names[self.pair_scenes.first] + self.names[self.pair_scenes.second]
        return self.colour(self.space.coded(self.whiten(self._stored("pairs", self.pair_scenes)), names))

    @cached_property
    def white_singles(self) -> Tensor:
        """`singles`, whitened."""
        return self.space.coded(self.whiten(self._seen), self.names[:, None].expand(-1, self._seen.shape[1], -1))

    @cached_property
    def names(self) -> Tensor:
        """(icons, colours): the shares of each name in the colour that an icon has."""
        return self.context.sampler.parts.names.to(self.context.device)

    @cached_property
    def allowed(self) -> Tensor:
        """The icons that training may see."""
        return torch.from_numpy(self.context.sampler.allowed)

    @property
    def mean(self) -> Tensor:
        """(D)"""
        return self.space.mean

    @property
    def std(self) -> Tensor:
        """(D)"""
        return self.space.std

    def whiten(self, z: Tensor) -> Tensor:
        return self.space.whiten(z)

    def colour(self, white: Tensor) -> Tensor:
        """The inverse of `whiten`."""
        return self.space.colour(white)

    def batch(
        self, rng: np.random.Generator, n: int, pairs: float, recoloured: float = 0.0, shared: float = 0.0
    ) -> tuple[Scenes, Tensor]:
        """n scenes and their z_i (n, D); `pairs`, `recoloured`: the shares of scenes of two icons and of icons in
        another colour."""
        paired = rng.integers(PAIRS, size=(round(n * pairs),))
        painted = self.context.sampler.recoloured(rng, round(n * recoloured), shared)
        alone = Scenes.join([painted, self.context.sampler.singles(rng, n - len(paired) - len(painted))])
        return Scenes.join([alone, self.pair_scenes[paired]]), torch.cat([self.alone(alone), self.pairs[paired]])

    def alone(self, scenes: Scenes) -> Tensor:
        """z_i of scenes of one icon, (n, D)"""
        colour = torch.from_numpy(scenes.colour)
        names = self.names[scenes.first].clone()
        names[colour >= 0] = F.one_hot(colour[colour >= 0], names.shape[1]).float().to(names.device)
        return self.colour(self.space.coded(self.white_singles[scenes.first, scenes.background], names))

    def _stored(self, name: str, scenes: Scenes) -> Tensor:
        path = FOLDER / f"{name}-{self.context.icons.digest[:12]}.npy"
        if not path.exists():
            np.save(path, embed(teacher(), self.context.painter(), scenes))
        return torch.from_numpy(np.load(path)).to(self.context.device)

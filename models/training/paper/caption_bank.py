"""z_t of captions in the place of z_i: what the memory of the text decoder (comparison.py) is fitted to."""

import hashlib
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from models.training.context import Context, without_padding
from models.training.data.scenes import Scenes, single_scenes
from models.training.image_bank import FOLDER, ImageBank
from models.training.loop import load
from models.training.stages.text import TextTask

BATCH, SEED = 512, 13


class CaptionBank(ImageBank):
    """Every icon has one caption for each background, which may leave out the style or the background. They are read
    once and kept in cache/bank."""

    def __init__(self, context: Context, full: float):
        """full: the share of captions that name style and background."""
        super().__init__(context)
        self.full = full
        self.reader = TextTask(context).model
        self.reader.load_state_dict(load("text")["ema"])
        self.reader.to(context.device).eval().requires_grad_(False)

    def read(self, captions: list[str]) -> Tensor:
        """z_t (n, D)"""
        parts = [captions[i : i + BATCH] for i in range(0, len(captions), BATCH)]
        return torch.cat([self.reader.embed_text(without_padding(self.context.tokens(part)))[0] for part in parts])

    def captions(self, rng: np.random.Generator, scenes: Scenes) -> list[str]:
        full, free = (self.context.captions.write(rng, scenes, is_full) for is_full in (True, False))
        chosen = rng.random(len(scenes)) < self.full
        return [one if is_full else other for one, other, is_full in zip(full, free, chosen, strict=True)]

    @cached_property
    def white_singles(self) -> Tensor:
        """(icons, backgrounds, D), whitened as z_i is"""
        icons = self.context.icons
        backgrounds = len(icons.background_names)
        icon, background = np.divmod(np.arange(icons.count * backgrounds), backgrounds)
        path = FOLDER / f"captions-{self.digest}.npy"
        if not path.exists():
            captions = self.captions(np.random.default_rng(SEED), single_scenes(icon, background))
            np.save(path, self.read(captions).cpu().numpy())
        read = torch.from_numpy(np.load(path)).to(self.context.device)
        return self.whiten(read).view(icons.count, backgrounds, -1)

    def alone(self, scenes: Scenes) -> Tensor:
        return self.read(self.captions(np.random.default_rng(SEED), scenes))

    @property
    def digest(self) -> str:
        """Of the icons, the text tower and the shares of captions."""
        made = hashlib.sha256(f"{self.context.icons.digest} {self.full}".encode())
        for value in self.reader.text.state_dict().values():
            made.update(value.cpu().numpy().tobytes())
        return made.hexdigest()[:12]

"""Scenes: one icon, or two in a relation, on a plain background. Sampling and drawing, in batches.

Scales: `scale` 1 draws at 64 px, 4 at 256 px, from icons rendered at matching sizes, so that the area average of the
large picture is the small one.
"""

import json
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.training.data.icons import HERE, PAIR, SINGLE, Icons

RELATIONS = ["left", "above"]  # the first icon stands to the left of, or above, the second


@dataclass
class Scenes:
    """Arrays of length n. `second` is -1 for one icon alone; `relation` indexes RELATIONS."""

    first: np.ndarray
    second: np.ndarray
    relation: np.ndarray
    background: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, index) -> "Scenes":
        return Scenes(self.first[index], self.second[index], self.relation[index], self.background[index])

    @staticmethod
    def join(parts: "list[Scenes]") -> "Scenes":
        names = ("first", "second", "relation", "background")
        return Scenes(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def single_scenes(icon: np.ndarray, background: np.ndarray) -> Scenes:
    """One icon each; icon (n), background (n)."""
    return Scenes(icon, np.full(len(icon), -1), np.zeros(len(icon), int), background)


class Sampler:
    """Draws scenes, none of which shows a held-out (concept, style) or (concept, background) pair."""

    def __init__(self, icons: Icons):
        self.icons = icons
        held = json.loads((HERE / "held-out.json").read_text())
        ids = {concept["slug"]: concept["id"] for concept in icons.concepts}
        self.style_held = np.zeros((len(icons.concepts), len(icons.styles)), bool)
        self.background_held = np.zeros((len(icons.concepts), len(icons.background_names)), bool)
        for slug, style in held["concept_style"]:
            self.style_held[ids[slug], icons.styles.index(style)] = True
        for slug, background in held["concept_background"]:
            self.background_held[ids[slug], icons.background_names.index(background)] = True
        self.allowed = np.flatnonzero(~self.style_held[icons.concept, icons.style])
        # Every concept as likely as any other, however many styles it has: rows of allowed icons, padded by repeats.
        rows = [self.allowed[icons.concept[self.allowed] == i] for i in range(len(icons.concepts))]
        self.rows = np.stack([np.resize(row, len(icons.styles)) for row in rows])
        self.same_style = [self.allowed[icons.style[self.allowed] == s] for s in range(len(icons.styles))]

    def backgrounds(self, rng: np.random.Generator, *shown: np.ndarray) -> np.ndarray:
        """A background for each scene that none of the icons shown on it is held out from."""
        choice = rng.integers(len(self.icons.background_names), size=len(shown[0]))
        while True:
            bad = np.zeros(len(choice), bool)
            for icon in shown:
                bad |= self.background_held[self.icons.concept[icon], choice]
            if not bad.any():
                return choice
            choice[bad] = rng.integers(len(self.icons.background_names), size=bad.sum())

    def singles(self, rng: np.random.Generator, n: int, distinct: bool = False) -> Scenes:
        """One icon each; `distinct` for n different concepts."""
        concept = rng.permutation(len(self.rows))[:n] if distinct else rng.integers(len(self.rows), size=n)
        icon = self.rows[concept, rng.integers(self.rows.shape[1], size=n)]
        return single_scenes(icon, self.backgrounds(rng, icon))

    def alike(self, rng: np.random.Generator, n: int) -> Scenes:
        """n different concepts on one background, so that nothing but the concept tells them apart."""
        scenes = self.singles(rng, 2 * n, distinct=True)
        common = rng.integers(len(self.icons.background_names))
        fitting = np.flatnonzero(~self.background_held[self.icons.concept[scenes.first], common])[:n]
        return Scenes(scenes.first[fitting], scenes.second[fitting], scenes.relation[fitting], np.full(n, common))

    def variants(self, rng: np.random.Generator, concepts: int, each: int) -> Scenes:
        """`each` scenes of every one of n concepts, in different styles where it has them, on different backgrounds."""
        concept = rng.permutation(len(self.rows))[:concepts]
        styles = rng.permuted(np.tile(np.arange(self.rows.shape[1]), (concepts, 1)), axis=1)[:, :each]
        icon = np.take_along_axis(self.rows[concept], styles, axis=1).reshape(-1)
        return single_scenes(icon, self.backgrounds(rng, icon))

    def pairs(self, rng: np.random.Generator, n: int, mirrored: bool = False) -> Scenes:
        """Two icons of one style; `mirrored` appends the same scenes with the icons exchanged."""
        style = rng.integers(len(self.same_style), size=n)
        first = np.array([rng.choice(self.same_style[s]) for s in style], int)
        second = np.array([rng.choice(self.same_style[s]) for s in style], int)
        relation = rng.integers(len(RELATIONS), size=n)
        scenes = Scenes(first, second, relation, self.backgrounds(rng, first, second))
        if not mirrored:
            return scenes
        return Scenes.join([scenes, Scenes(second, first, relation, scenes.background)])

    def mixed(self, rng: np.random.Generator, n: int, pair_share: float = 0.25) -> Scenes:
        pairs = round(n * pair_share)
        return Scenes.join([self.singles(rng, n - pairs), self.pairs(rng, pairs)])


class Painter:
    """Draws scenes as pictures (n, 3, 64 * scale, 64 * scale) in [-1, 1]."""

    def __init__(self, icons: Icons, scale: int = 1, device: str = "cpu"):
        self.single, self.pair = SINGLE * scale, PAIR * scale
        self.size, self.device = 64 * scale, device
        self.singles = icons.table(self.single).to(device)
        self.pairs = icons.table(self.pair).to(device)
        self.backgrounds = icons.backgrounds.float().to(device)

    def draw(self, scenes: Scenes, shift: tuple[int, int] = (0, 0)) -> Tensor:
        """shift: pixels down and right for the whole batch, an augmentation."""
        canvas = self.backgrounds[torch.from_numpy(scenes.background)][:, :, None, None]
        canvas = canvas.repeat(1, 1, self.size, self.size)
        alone = np.flatnonzero(scenes.second < 0)
        margin = (self.size - self.single) // 2
        self._place(canvas, alone, self.singles, scenes.first[alone], margin + shift[0], margin + shift[1])
        near = (self.size // 2 - self.pair) // 2
        far = near + self.size // 2
        middle = (self.size - self.pair) // 2
        for relation in range(len(RELATIONS)):
            rows = np.flatnonzero((scenes.second >= 0) & (scenes.relation == relation))
            for icons, along in ((scenes.first, near), (scenes.second, far)):
                down, right = (middle, along) if relation == 0 else (along, middle)
                self._place(canvas, rows, self.pairs, icons[rows], down + shift[0], right + shift[1])
        return canvas / 127.5 - 1

    def _place(self, canvas: Tensor, rows: np.ndarray, table: Tensor, icons: np.ndarray, down: int, right: int):
        if len(rows) == 0:
            return
        side = table.shape[-1]
        rgba = table[torch.from_numpy(icons)].float()
        where = torch.from_numpy(rows)
        under = canvas[where, :, down : down + side, right : right + side]
        canvas[where, :, down : down + side, right : right + side] = under * (1 - rgba[:, 3:] / 255) + rgba[:, :3]

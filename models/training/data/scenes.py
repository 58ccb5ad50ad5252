"""Scenes: one icon, or two in a relation, on a plain background. Sampling and drawing, in batches.

Scales: `scale` 1 draws at 64 px, 4 at 256 px, from icons rendered at matching sizes, so that the area average of the
large picture is the small one.
"""

import json
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from models.decoder.recolour import palette, recoloured
from models.training.data.colours import held_colours, parts, shared, taken
from models.training.data.icons import HERE, PAIR, SINGLE, Icons

RELATIONS = ["left", "above"]  # the first icon stands to the left of, or above, the second


@dataclass
class Scenes:
    """Arrays of length n. `second` is -1 for one icon alone; `relation` indexes RELATIONS; `colour` indexes COLOURS of
    models/decoder/recolour.py, which the first icon takes, and is -1 where it stays as it is."""

    first: np.ndarray
    second: np.ndarray
    relation: np.ndarray
    background: np.ndarray
    colour: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, index) -> "Scenes":
        return Scenes(*(getattr(self, field.name)[index] for field in fields(self)))

    @staticmethod
    def join(parts: "list[Scenes]") -> "Scenes":
        return Scenes(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Scenes)))


def single_scenes(icon: np.ndarray, background: np.ndarray, colour: np.ndarray | None = None) -> Scenes:
    """One icon each; icon (n), background (n), colour (n), or as they are."""
    alone = np.full(len(icon), -1)
    return Scenes(icon, alone, np.zeros(len(icon), int), background, alone if colour is None else colour)


class Sampler:
    """Draws scenes, none of which shows a held-out (concept, style), (concept, background) or (concept, colour) pair.

    `targets` (icons, colours): the colours that an icon may take."""

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
        self.parts = parts(icons)
        self.colour_held = held_colours(held, icons)
        conflicts = taken(icons.names)
        self.targets = self.parts.targets & ~self.colour_held[icons.concept] & ~conflicts[icons.concept]
        self.allowed = np.flatnonzero(~self.style_held[icons.concept, icons.style])
        # Every concept as likely as any other, however many styles it has: rows of allowed icons, padded by repeats.
        rows = [self.allowed[icons.concept[self.allowed] == i] for i in range(len(icons.concepts))]
        self.rows = np.stack([np.resize(row, len(icons.styles)) for row in rows])
        self.shared = np.flatnonzero(shared(icons.names) & ~conflicts.all(axis=1))
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
        return self.of(rng, rng.permutation(len(self.rows))[:n] if distinct else rng.integers(len(self.rows), size=n))

    def of(self, rng: np.random.Generator, concept: np.ndarray) -> Scenes:
        """An icon of each concept."""
        icon = self.rows[concept, rng.integers(self.rows.shape[1], size=len(concept))]
        return single_scenes(icon, self.backgrounds(rng, icon))

    def recoloured(self, rng: np.random.Generator, n: int, shared: float = 0.0) -> Scenes:
        """One icon each, in another colour than its own. A share of `shared` is of concepts that only a colour tells
        from another one ("a blue apple" is neither the red nor the green one)."""
        concept = rng.integers(len(self.rows), size=4 * n)
        chosen = rng.random(4 * n) < shared
        concept[chosen] = rng.choice(self.shared, chosen.sum())
        scenes = self.of(rng, concept)
        colour = rng.integers(self.targets.shape[1], size=len(scenes))
        fitting = np.flatnonzero(self.targets[scenes.first, colour])[:n]
        return single_scenes(scenes.first[fitting], scenes.background[fitting], colour[fitting])

    def alike(self, rng: np.random.Generator, n: int) -> Scenes:
        """n different concepts on one background, so that nothing but the concept tells them apart."""
        scenes = self.singles(rng, 2 * n, distinct=True)
        common = rng.integers(len(self.icons.background_names))
        fitting = np.flatnonzero(~self.background_held[self.icons.concept[scenes.first], common])[:n]
        return single_scenes(scenes.first[fitting], np.full(n, common))

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
        scenes = Scenes(first, second, relation, self.backgrounds(rng, first, second), np.full(n, -1))
        if not mirrored:
            return scenes
        return Scenes.join([scenes, Scenes(second, first, relation, scenes.background, scenes.colour)])

    def mixed(self, rng: np.random.Generator, n: int, pair_share: float = 0.25) -> Scenes:
        pairs = round(n * pair_share)
        return Scenes.join([self.singles(rng, n - pairs), self.pairs(rng, pairs)])


def held_out_colours(sampler: Sampler) -> Scenes:
    """Every training icon of the held-out (concept, colour) pairs in that colour, each on one background."""
    held = sampler.colour_held[sampler.icons.concept] & sampler.parts.targets
    icon, colour = np.nonzero(held)
    kept = np.isin(icon, sampler.allowed)
    background = np.random.default_rng(4).integers(len(sampler.icons.background_names), size=kept.sum())
    return single_scenes(icon[kept], background, colour[kept])


class Painter:
    """Draws scenes as pictures (n, 3, 64 * scale, 64 * scale) in [-1, 1]."""

    def __init__(self, icons: Icons, scale: int = 1, device: str = "cpu"):
        self.single, self.pair = SINGLE * scale, PAIR * scale
        self.size, self.device = 64 * scale, device
        self.singles = icons.table(self.single).to(device)
        self.pairs = icons.table(self.pair).to(device)
        self.backgrounds = icons.backgrounds.float().to(device)
        self.tint, self.palette = parts(icons).tint.to(device), palette().to(device)

    def draw(self, scenes: Scenes, shift: tuple[int, int] = (0, 0)) -> Tensor:
        """shift: pixels down and right for the whole batch, an augmentation."""
        canvas = self.backgrounds[torch.from_numpy(scenes.background)][:, :, None, None]
        canvas = canvas.repeat(1, 1, self.size, self.size)
        alone = np.flatnonzero(scenes.second < 0)
        margin = (self.size - self.single) // 2
        self._place(
            canvas, alone, self.singles, scenes.first[alone], scenes.colour[alone], margin + shift[0], margin + shift[1]
        )
        near = (self.size // 2 - self.pair) // 2
        far = near + self.size // 2
        middle = (self.size - self.pair) // 2
        as_they_are = np.full(len(scenes), -1)
        for relation in range(len(RELATIONS)):
            rows = np.flatnonzero((scenes.second >= 0) & (scenes.relation == relation))
            for icons, colour, along in ((scenes.first, scenes.colour, near), (scenes.second, as_they_are, far)):
                down, right = (middle, along) if relation == 0 else (along, middle)
                self._place(canvas, rows, self.pairs, icons[rows], colour[rows], down + shift[0], right + shift[1])
        return canvas / 127.5 - 1

    def _place(
        self,
        canvas: Tensor,
        rows: np.ndarray,
        table: Tensor,
        icons: np.ndarray,
        colour: np.ndarray,
        down: int,
        right: int,
    ):
        if len(rows) == 0:
            return
        side = table.shape[-1]
        rgba = table[torch.from_numpy(icons)].float()
        changed = np.flatnonzero(colour >= 0)
        if len(changed):
            tint, target = self.tint[icons[changed]], self.palette[colour[changed]]
            share = torch.ones(len(changed), device=rgba.device)
            rgba[changed] = recoloured(rgba[changed] / 255, tint, target, share) * 255
        where = torch.from_numpy(rows)
        under = canvas[where, :, down : down + side, right : right + side]
        canvas[where, :, down : down + side, right : right + side] = under * (1 - rgba[:, 3:] / 255) + rgba[:, :3]

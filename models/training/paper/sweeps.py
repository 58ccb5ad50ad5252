"""Measures parts 3 and 4: drawings of captions that leave the style open, several of each, at every guidance."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from torch import Tensor

from models.training.data.icons import Icons
from models.training.data.scenes import Painter, single_scenes
from models.training.evaluation.judge import Judge, read
from models.training.paper.statistics import mean

SEEDS = 6  # of a caption


class Sweeps:
    """captions: the evaluation's; texts: those of each list without the style; swept: list, place and folder of each
    caption."""

    def __init__(self, captions: dict, texts: dict[str, list[str]], swept: list[tuple[str, int, str]]):
        self.captions, self.swept = captions, swept
        lists = {
            name: [{**row, "caption": text} for row, text in zip(rows, texts[name], strict=True)]
            for name, rows in captions["lists"].items()
        }
        self.judge = Judge({**captions, "lists": lists})

    def measured(self, pictures_of: Callable[[str, int, str], Tensor]) -> dict[str, np.ndarray]:
        """Per caption and seed of one setting: named correctly, likeness to the caption, background; and the spread."""
        named, likeness, ground, spread = [], [], [], []
        for part, place, name in self.swept:
            pictures = pictures_of(part, place, name)
            all_of = self.judge.embed(pictures) @ self.judge.captions[part].T
            named.append((all_of.argmax(dim=1) == place).numpy())
            likeness.append(all_of[:, place].numpy())
            ground.append((self.judge.ground(pictures) == self.judge.background[part][place]).numpy())
            spread.append(self.judge.spread(pictures))
        return {
            "named": np.stack(named),
            "clip": np.stack(likeness),
            "ground": np.stack(ground),
            "spread": np.array(spread),
        }

    def settings(self, parent: Path, start: str) -> dict[float, dict[str, np.ndarray]]:
        """By guidance, from the names of the folders in `parent` that begin with `start`."""

        def drawn(folder: Path) -> Callable[[str, int, str], Tensor]:
            return lambda _, __, name: read(sorted((folder / name).glob("*.png")))

        found = {float(path.name.removeprefix(start)): self.measured(drawn(path)) for path in parent.glob(f"{start}*")}
        return dict(sorted(found.items()))

    def real(self) -> dict[str, np.ndarray]:
        """Of real renders: for every caption its icons of all styles in turn."""
        icons = Icons()
        painter, slugs = Painter(icons), [concept["slug"] for concept in icons.concepts]

        def renders(part: str, place: int, _: str) -> Tensor:
            row = self.captions["lists"][part][place]
            same = np.flatnonzero(icons.concept == icons.concepts[slugs.index(row["concept"])]["id"])
            ground = np.full(SEEDS, icons.background_names.index(row["background"]))
            return painter.draw(single_scenes(np.resize(same, SEEDS), ground))

        return self.measured(renders)


def summary(settings: dict[float, dict[str, np.ndarray]]) -> list[dict]:
    return [
        {
            "guidance": guidance,
            "pictures": one["named"].size,
            "top1": mean(one["named"]),
            "clip": mean(one["clip"]),
            "background": mean(one["ground"]),
            "diversity": mean(one["spread"]),
        }
        for guidance, one in settings.items()
    ]

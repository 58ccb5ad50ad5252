"""Whether a colour word binds to its thing: the scenes and the scores of colours.ts.

    python -m models.training.evaluation.colours                       writes cache/evaluation/colours.json and renders
    python -m models.training.evaluation.colours FOLDER --docs DIR     scores the drawings

The 100 held-out (concept, colour) pairs, which no training draws and no icon of the concept has. A colour is right
when the median hue of the thing's colourful pixels is nearest to its own among seven. The thing is right when, by the
judge's embeddings, its render in that colour is the nearest of the 100: the judge never saw recoloured icons, and names
47 of these renders.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.decoder.recolour import COLOURFUL, chroma, palette
from models.training.data.captions import Captions, with_article
from models.training.data.colours import NAMES
from models.training.data.held_out import HUES
from models.training.data.icons import Icons
from models.training.data.scenes import Painter, Sampler, Scenes, held_out_colours, single_scenes
from models.training.doc_tables import replace
from models.training.evaluation.card import percent
from models.training.evaluation.judge import FRAME, numbered, read, wilson
from models.training.evaluation.judge_weights import judge as kept_judge
from models.training.evaluation.set import FOLDER, save

SEED, EDITED = 20261129, 20
DIFFERENT = 0.2  # from the background, in one channel of -1 to 1: a pixel of the thing
RENDERS = ("as-they-are", "recoloured")


def scenes(icons: Icons) -> Scenes:
    """One icon of each pair in its held-out colour, none on a background of that name."""
    rng, sampler = np.random.default_rng(SEED), Sampler(icons)
    found = held_out_colours(sampler)
    found = found[rng.permutation(len(found))]
    chosen = found[np.unique(icons.concept[found.first], return_index=True)[1]]
    named = [icons.background_names.index(NAMES[colour]) for colour in chosen.colour]
    shift = rng.integers(1, len(icons.background_names), size=len(chosen))
    chosen.background = (np.array(named) + shift) % len(icons.background_names)
    return chosen[rng.permutation(len(chosen))]


def write() -> None:
    """What is drawn, and the renders that it is compared with."""
    icons = Icons()
    chosen, captions = scenes(icons), Captions(icons)
    plain = single_scenes(chosen.first, chosen.background)
    rows = []
    for i, caption in enumerate(captions.plain(chosen)):
        name, colour = icons.concepts[icons.concept[chosen.first[i]]]["name"], NAMES[chosen.colour[i]]
        edit = {"from": with_article(name), "to": with_article(f"{colour} {name}")}
        rows.append({"caption": caption, "colour": colour, **edit})
    painter = Painter(icons)
    for name, pictures in zip(RENDERS, (painter.draw(plain), painter.draw(chosen)), strict=True):
        save(pictures, [f"{name}/{i:03d}" for i in range(len(rows))])
    (FOLDER / "colours.json").write_text(json.dumps(rows, indent=1) + "\n")


def hue(picture: Tensor) -> int:
    """The index in HUES of the colour whose hue is nearest to the median one; -1 for a thing without colour.

    picture (3, h, w) in [-1, 1]"""
    edge = torch.cat([picture[:, :FRAME].flatten(1), picture[:, -FRAME:].flatten(1)], dim=1).median(dim=1).values
    thing = (picture - edge[:, None, None]).abs().amax(dim=0) > DIFFERENT
    plane = chroma((picture[:, thing].T + 1) / 2)
    plane = plane[plane.norm(dim=1) > COLOURFUL]
    if len(plane) == 0:
        return -1
    mean = plane.mean(dim=0)
    # Angles from the mean's, as a circle has no ends: turned by it, the mean has the angle 0.
    turned = torch.stack([plane @ mean, plane[:, 1] * mean[0] - plane[:, 0] * mean[1]], dim=1)
    middle = torch.atan2(turned[:, 1], turned[:, 0]).median() + torch.atan2(mean[1], mean[0])
    known = chroma(palette()[[NAMES.index(name) for name in HUES]])
    return int((torch.atan2(known[:, 1], known[:, 0]) - middle).cos().argmax())


class Scores:
    def __init__(self) -> None:
        self.rows = json.loads((FOLDER / "colours.json").read_text())
        self.judge = kept_judge()
        self.renders = self.judge.embed_image(read(numbered(FOLDER / "real/recoloured", len(self.rows))))
        self.colours = torch.tensor([HUES.index(row["colour"]) for row in self.rows])

    def line(self, name: str, folder: Path, count: int) -> str:
        pictures = read(numbered(folder, count))
        coloured = torch.tensor([hue(picture) for picture in pictures]) == self.colours[:count]
        alike = (self.judge.embed_image(pictures) @ self.renders.T).argmax(dim=1) == torch.arange(count)
        cells = [percent(wilson(int(right.sum()), count)) for right in (coloured, alike, coloured & alike)]
        return f"| {name} | {' | '.join(cells)} |"


@torch.no_grad()
def measured(folder: Path) -> str:
    scores, real = Scores(), FOLDER / "real"
    count = len(scores.rows)
    rows = [
        (f"{count} renders of recoloured icons", real / "recoloured", count),
        (f"{count} captions, diffusion prior", folder / "diffusion", count),
        (f"{count} captions, autoregressive prior", folder / "autoregressive", count),
        (f"{EDITED} text diffs", folder / "edited", EDITED),
    ]
    lines = ["| | colour | thing, of 100 | both |", "|---|---|---|---|", *(scores.line(*row) for row in rows)]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--docs", type=Path)
    options = parser.parse_args()
    if options.folder is None:
        write()
        return
    table = measured(options.folder)
    print(table)
    if options.docs is not None:
        replace(options.docs / "reports" / "model-card.md", "colours", table)


if __name__ == "__main__":
    main()

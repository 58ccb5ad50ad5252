"""The captions of by_eye.ts and its sheet of shuffled tiles.

python -m models.training.evaluation.by_eye            writes cache/evaluation/by-eye.json, 64 captions
python -m models.training.evaluation.by_eye FOLDER     writes FOLDER/tiles.png and FOLDER/key.json
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.training.data.captions import Captions
from models.training.data.icons import Icons
from models.training.data.scenes import Sampler
from models.training.evaluation.set import FOLDER

SEED, TILES, COLUMNS = 20263, 64, 8
SIDE, GAP, LABEL = 256, 4, 28


def write_captions() -> None:
    icons = Icons()
    scenes = Sampler(icons).singles(np.random.default_rng(SEED), TILES, distinct=True)
    (FOLDER / "by-eye.json").write_text(json.dumps(Captions(icons).plain(scenes), indent=1) + "\n")


def write_tiles(folder: Path) -> None:
    captions = json.loads((FOLDER / "by-eye.json").read_text())
    order = np.random.default_rng([SEED, 1]).permutation(TILES).tolist()
    cell = (SIDE + GAP, SIDE + LABEL)
    sheet = Image.new("RGB", (COLUMNS * cell[0], TILES // COLUMNS * cell[1]), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(22)
    for place, i in enumerate(order):
        left, top = place % COLUMNS * cell[0], place // COLUMNS * cell[1]
        sheet.paste(Image.open(folder / f"{i:03d}.png"), (left, top))
        pen.text((left + GAP, top + SIDE), str(place + 1), "black", font)
    sheet.save(folder / "tiles.png")
    (folder / "key.json").write_text(json.dumps([captions[i] for i in order], indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="what was drawn; without it, writes the captions")
    folder = parser.parse_args().folder
    if folder is None:
        write_captions()
    else:
        write_tiles(folder)


if __name__ == "__main__":
    main()

"""Assembles the drawings of samples.ts into sheets.

python -m models.training.evaluation.samples FOLDER --docs DIR
"""

import argparse
import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from models.training.evaluation.set import FOLDER
from models.training.evaluation.sheets import save, wrapped

COLUMNS = {256: 8, 1024: 4}
GAP = 1 / 64  # of a picture's side
MOST_BYTES = 900_000


def page(captions: dict, files: list[Path], side: int) -> Image.Image:
    gap, columns = round(side * GAP), COLUMNS[side]
    label = 9 * gap
    font = ImageFont.load_default(3 * gap)
    rows = -(-len(files) // columns)
    made = Image.new("RGB", (columns * (side + gap) + gap, rows * (side + label + gap) + gap), "white")
    pen = ImageDraw.Draw(made)
    for place, file in enumerate(files):
        left, top = gap + place % columns * (side + gap), gap + place // columns * (side + label + gap)
        made.paste(Image.open(file), (left, top))
        part, _, number = file.stem.rpartition("-")
        caption = captions["lists"][part][int(number)]["caption"]
        pen.multiline_text((left, top + side + gap), wrapped(caption, side, font), "black", font, spacing=gap / 2)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--docs", type=Path, required=True)
    options = parser.parse_args()
    captions = json.loads((FOLDER / "captions.json").read_text())
    for side in COLUMNS:
        path = options.docs / "pictures" / f"samples-{side}.jpg"
        save(page(captions, sorted((options.folder / str(side)).glob("*.png")), side), path, MOST_BYTES)
        print(f"Written: {path}")


if __name__ == "__main__":
    main()

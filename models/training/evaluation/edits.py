"""Scores what edits.ts drew:  python -m models.training.evaluation.edits FOLDER --docs DIR

Variations: whether the judge gives one the caption of its source. Interpolations: the FID of their middle frames beside
that of as many ends, against real renders of other scenes (paper/scores.py).
"""

import argparse
import json
from pathlib import Path

import torch

from models.training.doc_tables import replace
from models.training.evaluation.card import percent
from models.training.evaluation.judge import Judge, numbered, read, wilson
from models.training.evaluation.set import FOLDER
from models.training.paper.scores import reference
from models.training.paper.tables import number


def measured(folder: Path) -> str:
    captions = json.loads((FOLDER / "captions.json").read_text())
    judge, real = Judge(captions), FOLDER / "real/seen"
    varied = len(list((folder / "variations").glob("*.png")))
    frames = len(list((folder / "paths/middle").glob("*.png")))

    def named(of: Path) -> str:
        z = judge.embed(read(numbered(of, varied)))
        right = (z @ judge.captions["seen"].T).argmax(dim=1) == torch.arange(varied)
        return percent(wilson(int(right.sum()), varied))

    lines = ["| | top-1 of 200 |", "|---|---|"]
    lines += [
        f"| {varied} real renders | {named(real)} |",
        f"| their variations at 0.5 | {named(folder / 'variations')} |",
    ]
    lines += ["", f"| {frames} paths between two real renders | FID |", "|---|---|"]
    away = reference(judge)
    for frame in ("first", "middle", "last"):
        z = judge.embed(read(numbered(folder / "paths" / frame, frames)))
        lines.append(f"| their {frame} frames | {number(away.interval(z.double().numpy()))} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--docs", type=Path, required=True)
    options = parser.parse_args()
    with torch.no_grad():
        replace(options.docs / "reports" / "model-card.md", "edits", measured(options.folder))


if __name__ == "__main__":
    main()

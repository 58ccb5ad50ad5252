"""Puts weights of models/training/checkpoints in the place of trained stages, for picto.py to export as they are:

python -m models.training.checkpoint_import text decoder
"""

import argparse

from models.training import compact
from models.training.checkpoint_export import FOLDER
from models.training.loop import RUNS, save


def adopt(stage: str) -> None:
    """A checkpoint that export and evaluation read; a training goes on with `--from` instead."""
    weights, record = compact.load(FOLDER / f"{stage}.safetensors")
    path = RUNS / stage / "checkpoint.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    steps, minutes = record.pop("steps", 0), record.pop("trained_minutes", 0.0)
    save(path, {"ema": weights, "record": record, "step": steps, "seconds": minutes * 60})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="+")
    for stage in parser.parse_args().stages:
        adopt(stage)


if __name__ == "__main__":
    main()

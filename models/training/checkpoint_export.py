"""Puts the averaged weights of trained stages where `--from models/training/checkpoints` finds them:

python -m models.training.checkpoint_export text decoder
"""

import argparse
from pathlib import Path

from torch import Tensor

from models.training import compact
from models.training.loop import load

FOLDER = Path("models/training/checkpoints")
COMPUTED = "memory."  # the decoder's memory, which is fitted anew from the data in closed form


def learned(state: dict) -> dict[str, Tensor]:
    """The averaged weights of a checkpoint, without buffers that are computed from the data."""
    return {name: value for name, value in state["ema"].items() if not name.startswith(COMPUTED)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="+")
    for stage in parser.parse_args().stages:
        state = load(stage)
        record = {**state["record"], "steps": state["step"], "trained_minutes": round(state["seconds"] / 60, 1)}
        path = FOLDER / f"{stage}.safetensors"
        compact.save(learned(state), record, path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

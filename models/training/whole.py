"""Trains picto from one data file, without network, and exports the bundle:

    python -m models.training.whole FILE OUT [--minutes 10]

FILE: made by models/training/data/packed.py. OUT: a folder for the bundle and, beside it, picto.tar in parts of 16 MiB
(`cat picto.tar.* | tar x`). The minutes are shared among the stages. A run that was stopped goes on where it was.
Stages begin with models/training/checkpoints; the 1024 px upsampler, which needs large renders, stays as it is there.
"""

import argparse
import io
import subprocess
import sys
import tarfile
from pathlib import Path

from models.training.checkpoint_export import FOLDER
from models.training.checkpoint_import import adopt
from models.training.data.packed import unpack

SHARES = {"image": 0.25, "text": 0.4, "autoregressive-prior": 0.2, "decoder": 0.1, "upsampler-256": 0.05}
BEGUN = {path.stem for path in FOLDER.glob("*.safetensors")}
PART = 16 * 2**20  # bytes


def python(*words: str) -> None:
    """A process for each stage, so that its memory is free for the next."""
    subprocess.run([sys.executable, "-m", *words], check=True)


def split(folder: Path) -> None:
    """Writes the folder as picto.tar.00, picto.tar.01, ... beside it."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        archive.add(folder, arcname=folder.name)
    data = whole.getvalue()
    for number, start in enumerate(range(0, len(data), PART)):
        (folder.parent / f"{folder.name}.tar.{number:02d}").write_bytes(data[start : start + PART])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    unpack(options.file)
    for stage, share in SHARES.items():
        begun = ["--from", str(FOLDER)] if stage in BEGUN else []
        python("models.training.train", stage, "--minutes", str(share * options.minutes), *begun)
    adopt("upsampler-1024")
    bundle = options.out / "picto"
    python("models.training.picto", str(bundle))
    split(bundle)


if __name__ == "__main__":
    main()

"""The training data as one file: icons as lossy WebP in a zip, beside the list of concepts.

python -m models.training.data.packed FILE      packs cache/data; models/training/whole.py trains from the file
"""

import argparse
import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from models.training.data.icons import CACHE, MASTER, Icons

LIST = "concepts.json"
QUALITY = 55  # of colour; alpha is exact


def pack(icons: Icons, file: Path) -> None:
    masters, listing = icons.masters(), (icons.folder / LIST).read_bytes()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(LIST, listing, zipfile.ZIP_DEFLATED)
        for i, pixels in enumerate(masters):
            stored = io.BytesIO()
            Image.fromarray(np.asarray(pixels)).save(stored, "WEBP", quality=QUALITY, method=4)
            archive.writestr(f"{i}.webp", stored.getvalue())


def unpack(file: Path, folder: Path = CACHE / "data") -> None:
    """Writes what `npm run data` would, from the file, unless that is done. The digest is the file's own."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    done = folder / LIST
    if done.exists() and json.loads(done.read_text())["digest"] == digest:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file) as archive:
        listing = json.loads(archive.read(LIST))
        shape = (len(listing["icons"]), MASTER, MASTER, 4)
        masters = np.memmap(folder / "icons-256.bin", np.uint8, "w+", shape=shape)
        for i in range(len(masters)):
            masters[i] = np.asarray(Image.open(io.BytesIO(archive.read(f"{i}.webp"))).convert("RGBA"))
        masters.flush()
    part = done.with_suffix(".part")
    part.write_text(json.dumps({**listing, "digest": digest}, indent=1))
    part.replace(done)  # last: an interrupted run unpacks again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    file = parser.parse_args().file
    pack(Icons(), file)
    print(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()

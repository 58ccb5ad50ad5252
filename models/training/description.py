"""bundle.json: the description of a bundle, with the size and digest of each of its files."""

import hashlib
import json
from pathlib import Path

from safetensors import safe_open


def write_description(folder: Path, facts: dict, parts: dict) -> None:
    """Writes bundle.json for the files that are in the folder.

    facts: name, version, licence, attribution. parts: every other entry but `format`, `files` and `tensors`, which is
    written for the folder's tensors.safetensors.
    """
    files = {path.name: stamp(path) for path in sorted(folder.iterdir())}
    with safe_open(folder / "tensors.safetensors", framework="numpy") as held:
        tensors = {"file": "tensors.safetensors", "names": sorted(held.keys())}
    description = {"format": 2, **facts, "files": files, "tensors": tensors, **parts}
    (folder / "bundle.json").write_text(json.dumps(description, indent=2) + "\n")


def stamp(path: Path) -> dict:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}

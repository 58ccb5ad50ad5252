"""Safetensors files that every user may read."""

from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor


def save_tensors(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    save_file(tensors, path, metadata)
    path.chmod(0o644)  # written as 0600, which a container's user could not read

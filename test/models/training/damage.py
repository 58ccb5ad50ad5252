"""Changes to the folders of published models, which converters must refuse."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from torch import Tensor

WEIGHTS = "diffusion_pytorch_model.safetensors"

# Changes one of two folders in place.
Damage = Callable[[Path, Path], object]


def change(file: Path, name: str, function: Callable[[Tensor], Tensor | None]) -> None:
    """Replaces a tensor of the file; None removes it."""
    tensors = {key: value.clone() for key, value in load_file(file).items()}
    changed = function(tensors.pop(name))
    save_file(tensors if changed is None else tensors | {name: changed.contiguous()}, file)


def set_key(file: Path, key: str, value: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))


def copies(originals: Sequence[Path], target: Path) -> tuple[Path, Path]:
    one, other = (Path(shutil.copytree(folder, target / folder.name)) for folder in originals)
    return one, other


def refusal(check: Damage, damage: Damage, folders: tuple[Path, Path]) -> str:
    """What `check` says of the damaged folders."""
    damage(*folders)
    with pytest.raises(SystemExit) as refused:
        check(*folders)
    return str(refused.value)

"""Writes the files of an imported bundle that are no graphs, and bundle.json."""

import shutil
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from models.training.description import write_description

TOKENIZER = ("vocab.json", "merges.txt")


def copy_tokenizer(tokenizer: Path, folder: Path, prefix: str = "") -> dict:
    """Copies the tokenizer's two files; returns their entries for bundle.json."""
    for file in TOKENIZER:
        shutil.copy(tokenizer / file, folder / f"{prefix}{file}")
    return {"vocab": f"{prefix}vocab.json", "merges": f"{prefix}merges.txt"}


def diffusion_prior(graphs: dict[str, dict], schedulers: dict[str, dict]) -> dict:
    """`prior` of bundle.json for a prior that denoises and takes the caption "" for none."""
    return {
        "diffusion": {
            "network": graphs["prior"],
            "scheduler": schedulers["prior"],
            "unconditional": "empty_caption",
        }
    }


def write_bundle(folder: Path, facts: dict, description: dict, *, tensors: dict[str, Tensor], terms: Path) -> None:
    """Completes a bundle whose graphs and tokenizers are in the folder.

    facts: name, version, licence, attribution. description: the other entries of bundle.json. terms: file with the text
    of the licence.
    """
    shutil.copy(terms, folder / "LICENSE")
    save_file(tensors, folder / "tensors.safetensors")
    for path in folder.iterdir():
        path.chmod(0o644)  # some are written as 0600, which a container's user could not read
    write_description(folder, facts, description)

"""Spoils Karlo's folders (tiny.py's) in every way that has drawn noise for somebody, and shows what the command says.

python -m models.training.karlo.refusals_check
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from onnx import numpy_helper
from safetensors.torch import load_file, save_file

from models.training.karlo import precision, tiny
from models.training.karlo.enlarger import Enlarger
from models.training.karlo.folder import SHARED, TEXT_TO_IMAGE, VARIATIONS, Folder, check_same
from models.training.karlo.graphs import networks
from models.training.karlo.plan import Plan

WEIGHTS = "diffusion_pytorch_model.safetensors"
PARTS = ("prior", *SHARED, "tokenizer", "prior_scheduler", "decoder_scheduler", "super_res_scheduler")


def opened(text: Path, images: Path) -> None:
    """What the command reads and checks before it exports a graph."""
    one = Folder(text, TEXT_TO_IMAGE, PARTS)
    other = Folder(images, VARIATIONS, ("image_encoder", "feature_extractor"))
    check_same(one, other)
    for _ in networks(one, other, Plan.of(one, other).sizes):
        pass


def tensor(file: Path, name: str, change: Callable[[torch.Tensor], torch.Tensor | None]) -> None:
    tensors = load_file(file)
    tensors = {key: value.clone() for key, value in tensors.items()}
    changed = change(tensors.pop(name))
    save_file(tensors if changed is None else tensors | {name: changed}, file)


def entry(file: Path, key: str, value: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])


SPOILT: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "as they are": (lambda text, images: None, ""),
    "cut short": (lambda text, images: cut(text / "decoder" / WEIGHTS), "cannot be read as safetensors"),
    "a tensor missing": (
        lambda text, images: tensor(text / "super_res_last" / WEIGHTS, "conv_in.bias", lambda _: None),
        "conv_in.bias is missing",
    ),
    "no statistics": (
        lambda text, images: tensor(text / "prior" / WEIGHTS, "clip_mean", lambda _: None),
        "clip_mean is missing",
    ),
    "statistics never filled in": (
        lambda text, images: tensor(text / "prior" / WEIGHTS, "clip_std", torch.zeros_like),
        "clip_std is not above 0",
    ),
    "NaN": (
        lambda text, images: tensor(text / "prior" / WEIGHTS, "proj_in.bias", lambda value: value / 0 * 0),
        "holds NaN",
    ),
    "another shape": (
        lambda text, images: tensor(text / "prior" / WEIGHTS, "proj_in.bias", lambda value: value[:-1]),
        "has the shape",
    ),
    "an unknown tensor": (
        lambda text, images: (
            tensor(text / "prior" / WEIGHTS, "proj_in.bias", lambda value: value)
            or save_file(
                load_file(text / "prior" / WEIGHTS) | {"extra.weight": torch.zeros(3)}, text / "prior" / WEIGHTS
            )
        ),
        "extra.weight belongs to no part",
    ),
    "two versions": (
        lambda text, images: tensor(images / "decoder" / WEIGHTS, "conv_in.bias", lambda value: value + 0.01),
        "are not of one version: decoder differs in conv_in.bias",
    ),
    "a part missing": (lambda text, images: shutil.rmtree(text / "text_proj"), "the folder text_proj/"),
    "an unknown part": (
        lambda text, images: entry(text / "model_index.json", "safety_checker", ["x", "Y"]),
        "safety_checker is not known",
    ),
    "another pipeline": (
        lambda text, images: entry(text / "model_index.json", "_class_name", "StableUnCLIPPipeline"),
        "is of StableUnCLIPPipeline",
    ),
    "another form": (
        lambda text, images: entry(text / "decoder" / "config.json", "class_embed_type", None),
        "class_embed_type is null",
    ),
    "an unknown setting": (
        lambda text, images: entry(text / "prior" / "config.json", "rotary", True),
        "rotary is not known",
    ),
    "another scheduler": (
        lambda text, images: entry(
            text / "decoder_scheduler" / "scheduler_config.json", "variance_type", "fixed_small_log"
        ),
        'variance_type is "fixed_small_log", Karlo\'s is "learned_range"',
    ),
    "sizes that do not fit": (
        lambda text, images: entry(images / "image_encoder" / "config.json", "projection_dim", 48),
        "do not fit together",
    ),
    "another vocabulary": (
        lambda text, images: (text / "tokenizer" / "merges.txt").write_text("#version: 0.2\n"),
        "not of one tokenizer",
    ),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        originals = tiny.save(Path(made) / "whole")
        for name, (spoil, expected) in SPOILT.items():
            copies = [shutil.copytree(folder, Path(made) / name / folder.name) for folder in originals]
            spoil(*copies)
            said = ""
            try:
                opened(*copies)
            except SystemExit as refused:
                said = str(refused).replace(f"{Path(made) / name}/", "")
            print(f"{name}: {said or 'taken'}")
            if (expected not in said) or bool(expected) != bool(said):
                raise SystemExit(f"{name}: expected {expected!r}")
            shutil.rmtree(Path(made) / name)
    try:
        precision.half_of(
            numpy_helper.from_array(np.full((2, 2), 7e4, np.float32), "weight"), "weight_fp16", "decoder.onnx"
        )
        raise SystemExit("a weight beyond fp16 was taken")
    except SystemExit as refused:
        print(f"beyond fp16: {refused}")
        assert "fp16 ends at 65504" in str(refused)
    try:
        Enlarger.of(Path("test/bundles/karlo"), 256)
        raise SystemExit("a bundle without a stage from 256 was taken")
    except SystemExit as refused:
        print(f"no last stage: {refused}")
        assert "has no upsampler from 256 pixels" in str(refused)


if __name__ == "__main__":
    main()

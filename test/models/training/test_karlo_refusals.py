"""Damages copies of the small Karlo folders (models/training/karlo/tiny.py); the converter must name each fault."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from damage import WEIGHTS, Damage, change, copies, refusal, set_key
from models.training.importing import precision
from models.training.importing.folder import Folder, Refused, check_same
from models.training.karlo import tiny
from models.training.karlo.folder import SHARED, TEXT_TO_IMAGE, VARIATIONS
from models.training.karlo.graphs import loaders
from models.training.karlo.plan import Plan
from models.training.karlo.upsampler import ShippedUpsampler

PARTS = ("prior", *SHARED, "tokenizer", "prior_scheduler", "decoder_scheduler", "super_res_scheduler")


def check(text: Path, images: Path) -> None:
    """Reads and checks all that the command does before it exports a graph."""
    one = Folder(text, TEXT_TO_IMAGE, PARTS)
    other = Folder(images, VARIATIONS, ("image_encoder", "feature_extractor"))
    check_same(one, other)
    for load in loaders(one, other, Plan.of(one, other).sizes).values():
        load()


def add(file: Path, name: str) -> None:
    tensors = {key: value.clone() for key, value in load_file(file).items()}
    save_file(tensors | {name: torch.zeros(3)}, file)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "file cut short": (
        lambda text, _: (text / "decoder" / WEIGHTS).write_bytes((text / "decoder" / WEIGHTS).read_bytes()[:-1000]),
        "cannot be read as safetensors",
    ),
    "tensor missing": (
        lambda text, _: change(text / "super_res_last" / WEIGHTS, "conv_in.bias", lambda _: None),
        "conv_in.bias is missing",
    ),
    "statistics missing": (
        lambda text, _: change(text / "prior" / WEIGHTS, "clip_mean", lambda _: None),
        "clip_mean is missing",
    ),
    "statistics never filled in": (
        lambda text, _: change(text / "prior" / WEIGHTS, "clip_std", torch.zeros_like),
        "clip_std is not above 0",
    ),
    "NaN": (
        lambda text, _: change(text / "prior" / WEIGHTS, "proj_in.bias", lambda value: value / 0 * 0),
        "holds NaN",
    ),
    "tensor of another shape": (
        lambda text, _: change(text / "prior" / WEIGHTS, "proj_in.bias", lambda value: value[:-1]),
        "has the shape",
    ),
    "unknown tensor": (
        lambda text, _: add(text / "prior" / WEIGHTS, "extra.weight"),
        "extra.weight belongs to no part",
    ),
    "two versions": (
        lambda _, images: change(images / "decoder" / WEIGHTS, "conv_in.bias", lambda value: value + 0.01),
        "are not of one version: decoder differs in conv_in.bias",
    ),
    "part missing": (lambda text, _: shutil.rmtree(text / "text_proj"), "the folder text_proj/"),
    "unknown part": (
        lambda text, _: set_key(text / "model_index.json", "safety_checker", ["x", "Y"]),
        "safety_checker is not known",
    ),
    "another pipeline": (
        lambda text, _: set_key(text / "model_index.json", "_class_name", "StableUnCLIPPipeline"),
        "is of StableUnCLIPPipeline",
    ),
    "another architecture": (
        lambda text, _: set_key(text / "decoder" / "config.json", "class_embed_type", None),
        "class_embed_type is null",
    ),
    "unknown setting": (
        lambda text, _: set_key(text / "prior" / "config.json", "rotary", True),
        "rotary is not known",
    ),
    "another scheduler": (
        lambda text, _: set_key(
            text / "decoder_scheduler" / "scheduler_config.json", "variance_type", "fixed_small_log"
        ),
        'variance_type is "fixed_small_log", Karlo\'s is "learned_range"',
    ),
    "sizes that do not fit": (
        lambda _, images: set_key(images / "image_encoder" / "config.json", "projection_dim", 48),
        "do not fit together",
    ),
    "another vocabulary": (
        lambda text, _: (text / "tokenizer" / "merges.txt").write_text("#version: 0.2\n"),
        "not of one tokenizer",
    ),
}


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return tuple(tiny.save(tmp_path_factory.mktemp("karlo")))


def test_intact_folders_are_accepted(originals: tuple[Path, ...], tmp_path: Path) -> None:
    check(*copies(originals, tmp_path))


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_folder_is_refused(damage: Damage, message: str, originals: tuple[Path, ...], tmp_path: Path) -> None:
    assert message in refusal(check, damage, copies(originals, tmp_path))


def test_weight_beyond_fp16_is_refused() -> None:
    with pytest.raises(SystemExit, match="the weight proj reaches 7e\\+04, and fp16 ends at 65504"):
        precision.check_range(np.full((2, 2), 7e4, np.float32), "proj", "decoder.onnx")


def test_bundle_without_an_upsampler_from_256_is_refused() -> None:
    with pytest.raises(Refused, match="has no upsampler from 256 pixels"):
        ShippedUpsampler.of(Path("test/bundles/karlo"), 256)

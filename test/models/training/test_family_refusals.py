"""Damages copies of the small folders of Kandinsky and Stable unCLIP; the converters must name each fault."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest
import torch

from damage import WEIGHTS, Damage, change, copies, refusal, set_key
from models.training.eclipse import golden as eclipse
from models.training.eclipse.folder import Eclipse
from models.training.importing.folder import Folder, Refused
from models.training.kandinsky import graphs as kandinsky_graphs
from models.training.kandinsky import tiny as kandinsky
from models.training.kandinsky.folder import DECODER, PRIOR
from models.training.kandinsky.plan import Plan as KandinskyPlan
from models.training.karlo.folder import TEXT_TO_IMAGE
from models.training.stable_unclip import graphs as stable_graphs
from models.training.stable_unclip import tiny as stable
from models.training.stable_unclip.__main__ import PRIOR_PARTS
from models.training.stable_unclip.folder import IMAGES
from models.training.stable_unclip.plan import Plan as StablePlan


def check_kandinsky(prior: Path, decoder: Path) -> None:
    """Reads and checks all that the command does before it exports a graph."""
    one = Folder(prior, PRIOR, (*PRIOR.networks, *PRIOR.others, "scheduler"))
    other = Folder(decoder, DECODER, (*DECODER.networks, "scheduler"))
    for load in kandinsky_graphs.loaders(one, other, KandinskyPlan.of(one, other)).values():
        load()


def check_stable(images: Path, karlo: Path) -> None:
    one = Folder(images, IMAGES, (*IMAGES.networks, *IMAGES.schedulers, *IMAGES.others))
    other = Folder(karlo, TEXT_TO_IMAGE, PRIOR_PARTS)
    for load in stable_graphs.loaders(one, other, StablePlan.of(one, other)).values():
        load()


KANDINSKY: dict[str, tuple[Damage, str]] = {
    "file cut short": (
        lambda _, decoder: (decoder / "unet" / WEIGHTS).write_bytes((decoder / "unet" / WEIGHTS).read_bytes()[:-1000]),
        "cannot be read as safetensors",
    ),
    "statistics never filled in": (
        lambda prior, _: change(prior / "prior" / WEIGHTS, "clip_std", torch.zeros_like),
        "clip_std is not above 0",
    ),
    "NaN": (
        lambda _, decoder: change(decoder / "movq" / WEIGHTS, "post_quant_conv.bias", lambda value: value / 0 * 0),
        "holds NaN",
    ),
    "the inpainting decoder": (
        lambda _, decoder: set_key(decoder / "model_index.json", "_class_name", "KandinskyV22InpaintPipeline"),
        "is of KandinskyV22InpaintPipeline, not KandinskyV22Pipeline",
    ),
    "the depth decoder": (
        lambda _, decoder: set_key(decoder / "unet" / "config.json", "addition_embed_type", "image_hint"),
        'addition_embed_type is "image_hint", Kandinsky 2.2\'s is "image"',
    ),
    "another scheduler": (
        lambda _, decoder: set_key(decoder / "scheduler" / "scheduler_config.json", "_class_name", "DDIMScheduler"),
        "is of DDIMScheduler, not DDPMScheduler",
    ),
    "a threshold that the engine lacks": (
        lambda _, decoder: set_key(decoder / "scheduler" / "scheduler_config.json", "thresholding", True),
        "thresholding is True, and only False is known here",
    ),
    "a decoder of another CLIP": (
        lambda _, decoder: set_key(decoder / "unet" / "config.json", "encoder_hid_dim", 48),
        "prior's embedding_dim is 32, unet's encoder_hid_dim is 48",
    ),
    "part missing": (lambda _, decoder: shutil.rmtree(decoder / "movq"), "the folder movq/ of KandinskyV22Pipeline"),
}

STABLE: dict[str, tuple[Damage, str]] = {
    "a prior of another width": (
        lambda _, karlo: set_key(karlo / "prior" / "config.json", "embedding_dim", 48),
        "image_encoder's projection_dim is 32, prior's embedding_dim is 48",
    ),
    "a prior of shorter captions": (
        lambda _, karlo: set_key(karlo / "prior" / "config.json", "num_embeddings", 8),
        "prior's num_embeddings is 8, the tokenizer's length is",
    ),
    "a prior of another CLIP": (
        lambda images, _: change(images / "image_normalizer" / WEIGHTS, "mean", lambda value: value + 1),
        "its mean is not that of the prior: not of one CLIP",
    ),
    "a decoder of another CLIP": (
        lambda images, _: set_key(images / "unet" / "config.json", "projection_class_embeddings_input_dim", 128),
        "half of unet's projection_class_embeddings_input_dim is 64",
    ),
    "Stable Diffusion": (
        lambda images, _: set_key(images / "unet" / "config.json", "class_embed_type", None),
        'class_embed_type is null, Stable unCLIP\'s is "projection"',
    ),
    "another prediction": (
        lambda images, _: set_key(images / "scheduler" / "scheduler_config.json", "prediction_type", "epsilon"),
        'prediction_type is "epsilon"',
    ),
}


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    return {
        "kandinsky": kandinsky.save(tmp_path_factory.mktemp("kandinsky")),
        "stable": stable.save(tmp_path_factory.mktemp("stable")),
    }


def test_intact_folders_are_accepted(originals: dict[str, tuple[Path, Path]]) -> None:
    check_kandinsky(*originals["kandinsky"])
    check_stable(*originals["stable"])


@pytest.mark.parametrize(("damage", "message"), KANDINSKY.values(), ids=KANDINSKY.keys())
def test_damaged_kandinsky_is_refused(
    damage: Damage, message: str, originals: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    assert message in refusal(check_kandinsky, damage, copies(originals["kandinsky"], tmp_path))


@pytest.mark.parametrize(("damage", "message"), STABLE.values(), ids=STABLE.keys())
def test_damaged_stable_unclip_is_refused(
    damage: Damage, message: str, originals: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    assert message in refusal(check_stable, damage, copies(originals["stable"], tmp_path))


def eclipse_in(folder: Path) -> Eclipse:
    found = Eclipse.of(Namespace(eclipse=folder, eclipse_licence=None))
    assert found is not None
    return found


def test_eclipse_of_another_width_is_refused(tmp_path: Path) -> None:
    prior = eclipse_in(eclipse.save(tmp_path / "eclipse"))
    prior.check(32, 77)
    with pytest.raises(Refused, match="ECLIPSE's embedding_dim is 32, the width of CLIP is 1280"):
        prior.check(1280, 77)


def test_a_prior_with_a_timestep_is_not_eclipse(tmp_path: Path) -> None:
    folder = eclipse.save(tmp_path / "eclipse")
    set_key(folder / "config.json", "additional_embeddings", 4)
    with pytest.raises(Refused, match="additional_embeddings is 4, ECLIPSE's is 3"):
        eclipse_in(folder)


def test_a_licence_is_needed(tmp_path: Path) -> None:
    folder = eclipse.save(tmp_path / "eclipse")
    (folder / "LICENSE").unlink()
    with pytest.raises(Refused, match="name its text with --eclipse-licence"):
        eclipse_in(folder)

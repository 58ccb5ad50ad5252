"""Stable unCLIP's folder, and Karlo's prior for l, to a bundle."""

from functools import partial
from pathlib import Path

from models.training.importing.folder import Folder
from models.training.importing.graphs import export_all, export_at_sizes
from models.training.importing.writing import copy_tokenizer, diffusion_prior, write_bundle
from models.training.stable_unclip.graphs import latent_form, loaders
from models.training.stable_unclip.plan import Plan

LOGIT_SCALE = 100.0  # of CLIP, which these folders leave out
SIZES = {"min": 512, "max": 768, "multipleOf": 64}  # it was trained for 768
DEFAULT_SIZE = 768
PRIOR = {"diffusion": {"sampler": "ddpm", "steps": 25, "guidance": 4.0, "priorSamples": 1}}


def preset(decoder_steps: int) -> dict:
    return {
        "decoder": {"sampler": "dpm-solver++", "steps": decoder_steps, "guidance": 10.0},
        "upsamplers": [],
    }


PRESETS = {"draft": preset(15), "standard": preset(25), "best": preset(50)}


def write(
    images: Folder,
    prior: Folder | None,
    folder: Path,
    *,
    terms: Path,
    kind: str,
    facts: dict,
    sizes: dict = SIZES,
    default_size: int = DEFAULT_SIZE,
) -> None:
    """Writes the bundle. Raises Refused, before anything is written, if the folders do not form one model.

    prior: Karlo's; without it the bundle draws from pictures only. terms: file with the text of the licence. kind: fp32
    or fp16. facts: name, version, licence, attribution. sizes: the rule for those it draws.
    """
    plan = Plan.of(images, prior)
    folder.mkdir(parents=True)
    write_graph = partial(
        export_at_sizes, folder=folder, kind=kind, sizes=sizes, default=default_size, factor=plan.factor
    )
    graphs, tensors = export_all(loaders(images, prior, plan), write_graph)
    own = {**copy_tokenizer(images.path / "tokenizer", folder, "decoder-"), **plan.decoder_text.tokenizer}
    clip_text, prior_entries = {}, {}
    if prior is not None and plan.prior_text is not None and plan.prior_scheduler is not None:
        clip_text = {"text": graphs["text"]}
        tokenizer = {**copy_tokenizer(prior.path / "tokenizer", folder), **plan.prior_text.tokenizer}
        prior_entries = {"prior": diffusion_prior(graphs, {"prior": plan.prior_scheduler})}
    else:
        tokenizer = own
    description = {
        "tokenizer": tokenizer,
        "clip": {
            "dimensions": plan.dimensions,
            "normalise": False,
            "logitScale": LOGIT_SCALE,
            **clip_text,
            "image": {**graphs["image"], **plan.image},
        },
        **prior_entries,
        "decoder": {
            "network": graphs["decoder"],
            "sizes": sizes,
            "latent": {**latent_form(images, plan), "decode": graphs["decode"], "encode": graphs["encode"]},
            "scheduler": plan.scheduler,
            "unconditional": "network",
            "noiseAugmentation": plan.noise_augmentation,
            "textEncoder": {"tokenizer": own, "network": graphs["decoder_text"]},
        },
        "upsamplers": [],
        "defaultSize": default_size,
        "presets": {
            name: {**({"prior": PRIOR} if prior_entries else {}), **values} for name, values in PRESETS.items()
        },
    }
    write_bundle(folder, facts, description, tensors=tensors, terms=terms)

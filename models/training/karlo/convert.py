"""Karlo's two folders to a bundle."""

from functools import partial
from pathlib import Path

from models.training.eclipse.folder import Eclipse
from models.training.importing.folder import Folder
from models.training.importing.graphs import export, export_all
from models.training.importing.writing import copy_tokenizer, diffusion_prior, write_bundle
from models.training.karlo.graphs import loaders
from models.training.karlo.plan import Plan
from models.training.karlo.upsampler import ShippedUpsampler

LOGIT_SCALE = 100.0  # of CLIP ViT-L/14, which these folders leave out


def preset(decoder_steps: int) -> dict:
    """Karlo's own samplers. Its super-resolution was trained for exactly these seven steps."""
    return {
        "prior": {"diffusion": {"sampler": "ddpm", "steps": 25, "guidance": 4.0, "priorSamples": 1}},
        "decoder": {"sampler": "ddpm", "steps": decoder_steps, "guidance": 8.0},
        "upsamplers": [{"sampler": "ddpm", "steps": 7}],
    }


PRESETS = {"draft": preset(25), "standard": preset(25), "best": preset(50)}


def write(
    text: Folder,
    images: Folder,
    folder: Path,
    *,
    terms: Path,
    kind: str,
    facts: dict,
    upsampler: ShippedUpsampler | None = None,
    eclipse: Eclipse | None = None,
) -> None:
    """Writes the bundle. Raises Refused, before anything is written, if the folders do not form one model.

    terms: file with the text of the licence. kind: fp32 or fp16. facts: name, version, licence, attribution.
    upsampler: a stage to append to Karlo's. eclipse: in place of Karlo's prior.
    """
    plan = Plan.of(text, images)
    if eclipse:
        eclipse.check(plan.sizes.dimensions, plan.sizes.length)
    folder.mkdir(parents=True)
    write_graph = partial(export, folder=folder, kind=kind)
    graphs, tensors = export_all(loaders(text, images, plan.sizes), write_graph, ("prior",) if eclipse else ())
    if upsampler:
        upsampler.copy(folder)
    sizes = plan.sizes
    description = {
        "tokenizer": {**copy_tokenizer(text.path / "tokenizer", folder), **plan.tokenizer},
        "clip": {
            "dimensions": sizes.dimensions,
            "normalise": False,
            "logitScale": LOGIT_SCALE,
            "text": graphs["text"],
            "image": {**graphs["image"], **plan.image},
        },
        "prior": eclipse.write(folder, kind, plan.sizes.width) if eclipse else diffusion_prior(graphs, plan.schedulers),
        "decoder": {
            "network": graphs["decoder"],
            "sizes": [sizes.small],
            "scheduler": plan.schedulers["decoder"],
            "unconditional": "stored",
        },
        "upsamplers": [
            {
                "network": graphs["super_res_first"],
                "last": graphs["super_res_last"],
                "from": sizes.small,
                "to": sizes.large,
                "scheduler": plan.schedulers["super_res"],
                "overshoot": True,
            },
            *([upsampler.entry] if upsampler else []),
        ],
        "presets": {
            name: {**values, "upsamplers": [*values["upsamplers"], *([upsampler.samplings[name]] if upsampler else [])]}
            for name, values in (eclipse.presets(PRESETS) if eclipse else PRESETS).items()
        },
    }
    write_bundle(folder, eclipse.facts(facts) if eclipse else facts, description, tensors=tensors, terms=terms)

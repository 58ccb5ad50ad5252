"""Kandinsky's two folders to a bundle."""

from functools import partial
from pathlib import Path

from models.training.eclipse.folder import Eclipse
from models.training.importing.folder import Folder
from models.training.importing.graphs import export_all, export_at_sizes
from models.training.importing.writing import copy_tokenizer, diffusion_prior, write_bundle
from models.training.kandinsky.graphs import latent_form, loaders
from models.training.kandinsky.plan import Plan

LOGIT_SCALE = 100.0  # of CLIP bigG/14, which these folders leave out
SIZES = {"min": 512, "max": 1024, "multipleOf": 64}  # that it was trained for
DEFAULT_SIZE = 512


def preset(decoder_steps: int) -> dict:
    """Kandinsky's own samplers and guidance."""
    return {
        "prior": {"diffusion": {"sampler": "ddpm", "steps": 25, "guidance": 4.0, "priorSamples": 1}},
        "decoder": {"sampler": "ddpm", "steps": decoder_steps, "guidance": 4.0},
        "upsamplers": [],
    }


PRESETS = {"draft": preset(25), "standard": preset(50), "best": preset(100)}


def write(
    prior: Folder,
    decoder: Folder,
    folder: Path,
    *,
    terms: Path,
    kind: str,
    facts: dict,
    images: bool = True,
    eclipse: Eclipse | None = None,
    sizes: dict = SIZES,
    default_size: int = DEFAULT_SIZE,
) -> None:
    """Writes the bundle. Raises Refused, before anything is written, if the folders do not form one model.

    terms: file with the text of the licence. kind: fp32 or fp16. facts: name, version, licence, attribution. images:
    with CLIP's encoder of pictures, without which the bundle takes none. eclipse: in place of Kandinsky's prior. sizes:
    the rule for those it draws.
    """
    plan = Plan.of(prior, decoder)
    if eclipse:
        eclipse.check(plan.dimensions, plan.tokenizer["contextLength"])
    folder.mkdir(parents=True)
    left_out = (() if images else ("image", "encode")) + (("prior",) if eclipse else ())
    write_graph = partial(
        export_at_sizes, folder=folder, kind=kind, sizes=sizes, default=default_size, factor=plan.factor
    )
    graphs, tensors = export_all(loaders(prior, decoder, plan), write_graph, left_out)
    description = {
        **describe(prior, decoder, plan, folder, graphs, sizes=sizes, default_size=default_size),
        **(
            {}
            if eclipse is None
            else {"prior": eclipse.write(folder, kind, plan.width), "presets": eclipse.presets(PRESETS)}
        ),
    }
    write_bundle(folder, eclipse.facts(facts) if eclipse else facts, description, tensors=tensors, terms=terms)


def describe(
    prior: Folder,
    decoder: Folder,
    plan: Plan,
    folder: Path,
    graphs: dict[str, dict],
    *,
    sizes: dict = SIZES,
    default_size: int = DEFAULT_SIZE,
) -> dict:
    """Entries of bundle.json. Copies the tokenizer. graphs: entries of the networks by name; pictures are optional."""
    images = "image" in graphs
    return {
        "tokenizer": {**copy_tokenizer(prior.path / "tokenizer", folder), **plan.tokenizer},
        "clip": {
            "dimensions": plan.dimensions,
            "normalise": False,
            "logitScale": LOGIT_SCALE,
            "text": graphs["text"],
            **({"image": {**graphs["image"], **plan.image}} if images else {}),
        },
        **({"prior": diffusion_prior(graphs, plan.schedulers)} if "prior" in graphs else {}),
        "decoder": {
            "network": graphs["decoder"],
            "sizes": sizes,
            "latent": {
                **latent_form(decoder, plan),
                "decode": graphs["decode"],
                **({"encode": graphs["encode"]} if images else {}),
            },
            "scheduler": plan.schedulers["decoder"],
            "unconditional": "stored",
        },
        "upsamplers": [],
        "defaultSize": default_size,
        "presets": PRESETS,
    }

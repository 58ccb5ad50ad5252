"""Karlo's two folders to a bundle."""

import shutil
from pathlib import Path

from safetensors.torch import save_file

from models.training.bundle import write_description
from models.training.karlo.folder import Folder
from models.training.karlo.graphs import export, networks
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
) -> None:
    """Writes the bundle. Raises Refused, before anything is written, if the folders do not form one model.

    terms: file with the text of the licence. kind: fp32 or fp16. facts: name, version, licence, attribution.
    upsampler: a stage to append to Karlo's.
    """
    plan = Plan.of(text, images)
    folder.mkdir(parents=True)
    graphs, tensors = {}, {}
    for key, network, found in networks(text, images, plan.sizes):
        graphs[key] = export(network, folder, kind)
        tensors |= found
        del network
    for file in ("vocab.json", "merges.txt"):
        shutil.copy(text.path / "tokenizer" / file, folder / file)
    shutil.copy(terms, folder / "LICENSE")
    if upsampler:
        upsampler.copy(folder)
    save_file(tensors, folder / "tensors.safetensors")
    for path in folder.iterdir():
        path.chmod(0o644)  # some are written as 0600, which a container's user could not read
    sizes = plan.sizes
    description = {
        "tokenizer": {"vocab": "vocab.json", "merges": "merges.txt", **plan.tokenizer},
        "tensors": "tensors.safetensors",
        "clip": {
            "dimensions": sizes.dimensions,
            "normalise": False,
            "logitScale": LOGIT_SCALE,
            "text": graphs["text"],
            "image": {**graphs["image"], **plan.image},
        },
        "prior": {
            "diffusion": {
                "network": graphs["prior"],
                "scheduler": plan.schedulers["prior"],
                "unconditional": "empty_caption",
            }
        },
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
            for name, values in PRESETS.items()
        },
    }
    write_description(folder, facts, description)

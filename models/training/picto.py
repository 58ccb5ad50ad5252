"""Writes the shipped bundle from the checkpoints:  python -m models.training.picto  -> models/bundles/picto"""

from pathlib import Path

import torch

from models.decoder.network import Decoder
from models.prior.autoregressive_prior import AutoregressivePrior
from models.prior.diffusion_prior import DiffusionPrior
from models.training.bundle import Parts, write
from models.training.embeddings import Embeddings
from models.training.loop import load
from models.training.presets import PRESETS
from models.training.stages.priors import AutoregressivePriorTask
from models.training.world import CONTEXT, TOKENIZER, World
from models.upsampler.network import Upsampler

FOLDER = Path("models/bundles/picto")
STAGES = ["clip", "diffusion-prior", "autoregressive-prior", "decoder", "upsampler-256", "upsampler-1024"]
ATTRIBUTION = (
    "Trained on Fluent Emoji (c) Microsoft, MIT; Noto Emoji (c) Google, Apache-2.0; "
    "Twemoji (c) Twitter and contributors, CC-BY-4.0; EmojiOne 2 (c) JoyPixels, CC-BY-4.0. See NOTICE."
)


def averaged(name: str, module: torch.nn.Module) -> torch.nn.Module:
    """The module with the averaged weights of that stage's checkpoint."""
    module.load_state_dict(load(name)["ema"])
    return module.eval().requires_grad_(False)


def training_record(world: World) -> dict:
    """What was trained on what, for how long: one entry a stage."""
    stages = {}
    for name in STAGES:
        state = load(name)
        stages[name] = {**state["record"], "steps": state["step"], "minutes": round(state["seconds"] / 60, 1)}
    return {"concepts": len(world.icons.concepts), "icons": world.icons.count, "data": world.icons.digest, "stages": stages}


def main() -> None:
    world = World("cpu")
    embeddings = Embeddings(world)
    configs = {name: load(name)["record"]["config"] for name in STAGES}
    shapes = {"dimensions": embeddings.dimensions, "states": embeddings.clip.text.token.embedding_dim, "length": CONTEXT}
    ar = AutoregressivePriorTask(world)
    parts = Parts(
        clip=embeddings.clip,
        diffusion_prior=averaged("diffusion-prior", DiffusionPrior(**shapes, **configs["diffusion-prior"]["network"])),
        autoregressive_prior=averaged(
            "autoregressive-prior", AutoregressivePrior(**shapes, **configs["autoregressive-prior"]["network"])
        ),
        decoder=averaged("decoder", Decoder(embeddings.dimensions, **configs["decoder"]["network"])),
        upsamplers=[
            averaged(name, Upsampler(**configs[name]["network"])) for name in ("upsampler-256", "upsampler-1024")
        ],
        upsampler_schedules=[configs[name]["schedule"] for name in ("upsampler-256", "upsampler-1024")],
        mean=embeddings.mean, std=embeddings.std, pca=ar.pca, length=CONTEXT,
    )
    facts = {"name": "picto", "version": "1.0.0", "licence": "Apache-2.0", "attribution": ATTRIBUTION}
    write(FOLDER, parts, TOKENIZER, {**facts, "presets": PRESETS, "training": training_record(world)})


if __name__ == "__main__":
    main()

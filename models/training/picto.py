"""Writes the shipped bundle from the checkpoints:  python -m models.training.picto [FOLDER]  (default
models/bundles/picto)
"""

import argparse
from pathlib import Path

from models.training.bundle import Parts, write
from models.training.checkpoint_export import learned
from models.training.context import TOKENIZER, Context
from models.training.data.reading import concepts, scenes
from models.training.loop import RUNS, load
from models.training.presets import PRESETS
from models.training.stages.autoregressive import AutoregressiveTask
from models.training.stages.decoder import DecoderTask
from models.training.stages.upsampler import CONFIGS
from models.training.teacher import tower
from models.upsampler.network import Upsampler

BUNDLE = Path("models/bundles/picto")
STAGES = ["image", "text", "autoregressive-prior", "decoder", *CONFIGS]
# Words that name nothing visible. They cause no warning.
SILENT = set(
    "a an and are as at be by for from has have i is it its my of on or our so that the this two was with your".split()
)
ATTRIBUTION = (
    "Trained on Fluent Emoji (c) Microsoft, MIT; Noto Emoji (c) Google, Apache-2.0; "
    "Twemoji (c) Twitter and contributors, CC-BY-4.0; EmojiOne 2 (c) JoyPixels, CC-BY-4.0. See NOTICE."
)


def trained(context: Context, states: dict[str, dict]) -> Parts:
    """Every network with the averaged weights of its checkpoint; without one, as it begins."""
    autoregressive, decoder, image = AutoregressiveTask(context), DecoderTask(context), tower()
    upsamplers = {name: Upsampler(**config["network"]) for name, config in CONFIGS.items()}
    modules = {
        "image": image,
        "text": autoregressive.reader,
        "autoregressive-prior": autoregressive.model,
        "decoder": decoder.model,
        **upsamplers,
    }
    for name, state in states.items():
        modules[name].load_state_dict(learned(state), strict=name != "decoder")
    for module in modules.values():
        module.eval().requires_grad_(False)
    return Parts(
        text=autoregressive.reader,
        autoregressive_prior=autoregressive.model,
        decoder=decoder.model,
        upsamplers=list(upsamplers.values()),
        upsampler_schedules=[config["schedule"] for config in CONFIGS.values()],
        mean=autoregressive.bank.mean,
        std=autoregressive.bank.std,
        pca=autoregressive.pca,
        image=image,
    )


def training_record(context: Context, states: dict[str, dict]) -> dict:
    """What was trained on what, for how long: one entry a stage."""
    stages = {}
    for name, state in states.items():
        stages[name] = {**state["record"], "steps": state["step"], "minutes": round(state["seconds"] / 60, 1)}
    return {
        "concepts": len(context.icons.concepts),
        "icons": context.icons.count,
        "data": context.icons.digest,
        "stages": stages,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=BUNDLE)
    folder = parser.parse_args().folder
    context = Context("cpu")
    states = {name: load(name) for name in STAGES if (RUNS / name / "checkpoint.pt").exists()}
    facts = {"name": "picto", "version": "2.1.0", "licence": "Apache-2.0", "attribution": ATTRIBUTION}
    write(
        folder,
        trained(context, states),
        TOKENIZER,
        {**facts, "presets": PRESETS, "training": training_record(context, states)},
        words=sorted(SILENT | context.captions.words()),
        concepts=concepts(context.icons),
        scenes=scenes(context.icons),
    )


if __name__ == "__main__":
    main()

"""Writes the shipped bundle from the checkpoints:  python -m models.training.picto  -> models/bundles/picto"""

from pathlib import Path

from models.training.bundle import Parts, write
from models.training.calibration import calibration
from models.training.context import TOKENIZER, Context
from models.training.data.reading import scenes
from models.training.embeddings import Embeddings
from models.training.load_bundle import UPSAMPLERS, Statistics, build
from models.training.loop import load
from models.training.presets import PRESETS
from models.training.stages.priors import AutoregressivePriorTask

FOLDER = Path("models/bundles/picto")
STAGES = ["clip", "diffusion-prior", "autoregressive-prior", "decoder", *UPSAMPLERS]
# Words of which no picture tells: no warning for them.
SILENT = set(
    "a an and are as at be by for from has have i is it its my of on or our so that the this two was with your".split()
)
ATTRIBUTION = (
    "Trained on Fluent Emoji (c) Microsoft, MIT; Noto Emoji (c) Google, Apache-2.0; "
    "Twemoji (c) Twitter and contributors, CC-BY-4.0; EmojiOne 2 (c) JoyPixels, CC-BY-4.0. See NOTICE."
)


def trained(context: Context, states: dict[str, dict]) -> Parts:
    """Every network with the averaged weights of its checkpoint."""
    embeddings = Embeddings(context)
    statistics = Statistics(embeddings.mean, embeddings.std, AutoregressivePriorTask(context).pca)
    parts = build({name: states[name]["record"]["config"] for name in STAGES}, statistics)
    modules = [parts.clip, parts.diffusion_prior, parts.autoregressive_prior, parts.decoder, *parts.upsamplers]
    for name, module in zip(STAGES, modules, strict=True):
        module.load_state_dict(states[name]["ema"])
        module.eval().requires_grad_(False)
    return parts


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
    context, states = Context("cpu"), {name: load(name) for name in STAGES}
    facts = {"name": "picto", "version": "1.0.0", "licence": "Apache-2.0", "attribution": ATTRIBUTION}
    parts = trained(context, states)
    write(
        FOLDER,
        parts,
        TOKENIZER,
        {
            **facts,
            "presets": PRESETS,
            "training": training_record(context, states),
        },
        calibration(context, parts),
        sorted(SILENT | context.captions.words()),
        scenes(context.icons),
    )


if __name__ == "__main__":
    main()

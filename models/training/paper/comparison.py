"""Writes the text-conditioned decoder as a bundle: a copy of another bundle with its decoder replaced.

    python -m models.training.paper.comparison FOLDER --bundle DIR

The engine feeds a decoder the inputs that its graph declares, so only the graph differs. The graph declares z_i, which
every bundle's decoder has, and ignores it.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.decoder.text_network import TextDecoder
from models.training.context import Context
from models.training.description import stamp
from models.training.loop import RUNS, load
from models.training.onnx_export import Network, export
from models.training.stages.text_decoder import TextDecoderTask

NAME = "text-decoder"


class Deaf(nn.Module):
    """Declares z_i and does not look at it."""

    def __init__(self, model: TextDecoder):
        super().__init__()
        self.model = model

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        image_embedding: Tensor,
        text_embedding: Tensor,
        text_states: Tensor,
        text_mask: Tensor,
    ) -> Tensor:
        return self.model(x, t, text_embedding, text_states, text_mask)


@torch.no_grad()
def example_inputs(task: TextDecoderTask) -> dict[str, Tensor]:
    """Two rows: a caption, and no caption, as guidance asks."""
    scenes = task.context.sampler.singles(np.random.default_rng(0), 1)
    text = task.read([*task.context.captions.plain(scenes), ""])
    noise = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    inputs = {"x": noise, "t": torch.tensor([999.0, 37.0]), "image_embedding": torch.zeros_like(text[0])}
    return inputs | dict(zip(("text_embedding", "text_states", "text_mask"), text, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    options = parser.parse_args()
    folder: Path = options.folder
    made = folder / "bundle.json"
    newest = max((RUNS / NAME / "checkpoint.pt").stat().st_mtime, (options.bundle / "bundle.json").stat().st_mtime)
    if made.exists() and made.stat().st_mtime > newest:
        return
    context, state = Context("cpu"), load(NAME)
    task = TextDecoderTask(context)
    task.model.load_state_dict(state["ema"])
    model = Deaf(task.model.eval().requires_grad_(False))
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(options.bundle, folder)
    made.unlink()  # a folder without it is made anew
    entry = export(Network("decoder.onnx", model, example_inputs(task), ["prediction"]), folder)
    description = json.loads((options.bundle / "bundle.json").read_text())
    description["name"] = f"{description['name']}-{NAME}"
    description["decoder"]["network"] = entry
    description["files"]["decoder.onnx"] = stamp(folder / "decoder.onnx")
    minutes = round(state["seconds"] / 60, 1)
    description["training"]["stages"][NAME] = {**state["record"], "steps": state["step"], "minutes": minutes}
    made.write_text(json.dumps(description, indent=2) + "\n")


if __name__ == "__main__":
    main()

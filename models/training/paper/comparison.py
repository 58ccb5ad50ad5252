"""Writes the text-conditioned decoder as a bundle: a copy of another bundle with its decoder replaced.

    python -m models.training.paper.comparison FOLDER --bundle DIR

Its mixer is ours, as trained, and its memory is fitted as ours is, to z_t of captions in the place of z_i. The engine
feeds a decoder the inputs that its graph declares, so only the graph differs. The graph declares z_i, which every
bundle's decoder has, and ignores it.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.decoder.text_network import TextDecoder
from models.training.bundle import DECODER_BITS
from models.training.checkpoint_export import learned
from models.training.context import Context
from models.training.description import stamp
from models.training.loop import RUNS, load
from models.training.memory_fit import fitted
from models.training.onnx_export import Network, export
from models.training.paper.caption_bank import CaptionBank
from models.training.stages.decoder import CONFIG

NAME = "text-decoder"
STAGES = ("text", "decoder")  # whose checkpoints it is made of
FULL = 0.6  # of the captions name style and background, as in the training of the text tower
# Of the memory, in deviations of each dimension of z_t. An icon of which no caption was seen must still find its
# concept: of 500 left out, 32% do at 0.1, 40% at 0.25, 56% at 0.5, 68% at 1 and 70% at 2, where weights blur.
NOISE = 1.0
EMPTY = 2  # tokens of an empty caption


class ReadsCaption(nn.Module):
    """Declares z_i and does not look at it: z_t takes its place, and the mean embedding that of an empty caption."""

    def __init__(self, model: TextDecoder):
        super().__init__()
        self.model = model

    def forward(
        self, x: Tensor, t: Tensor, image_embedding: Tensor, text_embedding: Tensor, text_mask: Tensor
    ) -> Tensor:
        empty = text_mask.sum(dim=1, keepdim=True) <= EMPTY
        return self.model(x, t, torch.where(empty, self.model.null, text_embedding))


def text_decoder(bank: CaptionBank) -> TextDecoder:
    memory = fitted(bank, noise=NOISE)
    model = TextDecoder(len(bank.mean), **CONFIG["network"], memory=memory.shape)
    model.load_state_dict(learned(load("decoder")), strict=False)
    model.memory.load_state_dict(memory.state_dict())
    return model.eval().requires_grad_(False)


def example_inputs(bank: CaptionBank) -> dict[str, Tensor]:
    """Two rows: a caption, and no caption, as guidance asks."""
    scenes = bank.context.sampler.singles(np.random.default_rng(0), 1)
    tokens = bank.context.tokens([*bank.context.captions.plain(scenes), ""])
    embedding, _, mask = bank.reader.embed_text(tokens)
    noise = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    inputs = {"x": noise, "t": torch.tensor([999.0, 37.0]), "image_embedding": torch.zeros_like(embedding)}
    return inputs | {"text_embedding": embedding, "text_mask": mask}


def current(made: Path, bundle: Path) -> bool:
    """Whether the folder was made of these checkpoints and of this bundle."""
    newest = max((RUNS / name / "checkpoint.pt").stat().st_mtime for name in STAGES)
    if not made.exists() or made.stat().st_mtime < newest:
        return False
    files, others = (json.loads(path.read_text())["files"] for path in (made, bundle))
    return all(files[name] == others[name] for name in others if name != "decoder.onnx")


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    options = parser.parse_args()
    folder: Path = options.folder
    made = folder / "bundle.json"
    if current(made, options.bundle / "bundle.json"):
        return
    bank = CaptionBank(Context("cpu"), FULL)
    model = ReadsCaption(text_decoder(bank))
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(options.bundle, folder)
    made.unlink()  # a folder without it is made anew
    entry = export(Network("decoder.onnx", model, example_inputs(bank), ["prediction"], DECODER_BITS), folder)
    description = json.loads((options.bundle / "bundle.json").read_text())
    description["name"] = f"{description['name']}-{NAME}"
    description["decoder"]["network"] = entry
    description["files"]["decoder.onnx"] = stamp(folder / "decoder.onnx")
    made.write_text(json.dumps(description, indent=2) + "\n")


if __name__ == "__main__":
    main()

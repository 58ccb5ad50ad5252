"""A bundle of Kandinsky 2.2 from networks that were exported one by one."""

import json
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from models.training.full_size.families import kandinsky_folders
from models.training.importing.golden import random_model
from models.training.importing.writing import write_bundle
from models.training.kandinsky import convert
from models.training.kandinsky.plan import Plan

MODEL = "kandinsky-2-2"
DRAWING = ("text", "decoder", "decode", "prior")  # of captions; the encoders of pictures are left out


def assemble(folder: Path, bundle: Path) -> None:
    """Makes the bundle, unless it exists, of folder/MODEL/NETWORK, whose files it links to."""
    if bundle.exists():
        return
    bundle.mkdir()
    graphs: dict[str, dict] = {}
    tensors: dict[str, Tensor] = {}
    for name in DRAWING:
        place = folder / MODEL / name
        graphs[name] = json.loads((place / "network.json").read_text())
        tensors |= load_file(place / "tensors.safetensors")
        for path in place.glob("*.onnx*"):
            (bundle / path.name).hardlink_to(path)
    with tempfile.TemporaryDirectory() as settings:
        prior, decoder = kandinsky_folders(Path(settings))
        plan = Plan.of(prior, decoder)
        described = convert.describe(prior, decoder, plan, bundle, graphs)
        tensors["decoder.null"] = torch.zeros(plan.dimensions)  # the answer of the encoder of pictures
        model = random_model(Path(settings), f"{MODEL}-random", __name__)
        write_bundle(bundle, model["facts"], described, tensors=tensors, terms=model["terms"])

"""Loads the upsamplers of a bundle from its ONNX graphs, to continue their training.

The other stages start from models/training/checkpoints (compact.py).
"""

import json
from pathlib import Path

from models.training.loop import Initial
from models.training.onnx_export import Network
from models.training.onnx_weights import recovered
from models.training.stages.upsampler import CONFIGS, example_inputs
from models.upsampler.network import Upsampler

UPSAMPLER_SCHEDULES = [config["schedule"] for config in CONFIGS.values()]


def initial(stage: str, folder: Path) -> Initial:
    """The parameters of one stage of a bundle, by the names of its module, and the training record of the stage."""
    if stage not in CONFIGS:
        raise SystemExit(f"{stage} cannot begin from {folder}")
    size = int(stage.removeprefix("upsampler-"))
    network = Network(f"{stage}.onnx", Upsampler(**CONFIGS[stage]["network"]), example_inputs(size), ["prediction"])
    record = json.loads((folder / "bundle.json").read_text())["training"]["stages"].get(stage, {})
    return recovered(network, folder), record

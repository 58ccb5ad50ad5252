"""The upsamplers of a bundle, to start a training from: their weights, found again in its ONNX graphs.

The other stages begin from models/training/checkpoints (compact.py).
"""

import json
from pathlib import Path

from models.training.loop import Initial
from models.training.onnx_export import Network
from models.training.recover import recovered
from models.training.stages.upsampler import CONFIGS, example_inputs
from models.upsampler.network import Upsampler

UPSAMPLER_SCHEDULES = [config["schedule"] for config in CONFIGS.values()]


def initial(stage: str, folder: Path) -> Initial:
    """The parameters of one stage as a bundle ships them, by the names of its module; and the stage's training
    record."""
    if stage not in CONFIGS:
        raise SystemExit(f"{stage} cannot begin from {folder}")
    size = int(stage.removeprefix("upsampler-"))
    network = Network(f"{stage}.onnx", Upsampler(**CONFIGS[stage]["network"]), example_inputs(size), ["prediction"])
    record = json.loads((folder / "bundle.json").read_text())["training"]["stages"].get(stage, {})
    return recovered(network, folder), record

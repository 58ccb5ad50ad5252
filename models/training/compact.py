"""Weights small enough for the repository: safetensors in 8 bits, one scale a row; short tensors stay in fp16.

A training that goes on from them loses nothing that it does not win back in a minute.
"""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from models.training.tensor_file import save_tensors

SMALLEST = 4096  # numbers; shorter tensors are stored in fp16
SCALE = "|scale"  # behind the name of a tensor in 8 bits


def save(weights: dict[str, Tensor], record: dict, path: Path) -> None:
    """record: how they were trained (loop.py), as JSON in the header."""
    stored: dict[str, Tensor] = {}
    for name, given in weights.items():
        value = given.detach().cpu().float()
        if value.dim() < 2 or value.numel() < SMALLEST:
            stored[name] = value.half()
            continue
        scale = (value.flatten(1).abs().amax(dim=1) / 127).clamp(min=1e-8).half().float().clamp(min=1e-7)
        rows = value.flatten(1) / scale[:, None]
        stored[name] = rows.round().clamp(-127, 127).to(torch.int8).view(value.shape)
        stored[name + SCALE] = scale
    path.parent.mkdir(parents=True, exist_ok=True)
    save_tensors(stored, path, {"record": json.dumps(record)})


def load(path: Path) -> tuple[dict[str, Tensor], dict]:
    """The weights in fp32, and the record."""
    weights: dict[str, Tensor] = {}
    with safe_open(path, "pt") as file:
        names = set(file.keys())
        for name in names - {name for name in names if name.endswith(SCALE)}:
            value = file.get_tensor(name).float()
            if name + SCALE in names:
                scale = file.get_tensor(name + SCALE)
                value = value * scale.view(-1, *[1] * (value.dim() - 1))
            weights[name] = value
        return weights, json.loads(file.metadata()["record"])

"""The image tower of picto 2.0, whose z_i of icons as they are every later image tower is taught."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.clip.network import ImageEncoder, ImageTower
from models.training import compact
from models.training.data.scenes import Painter, Scenes
from models.training.mixed_precision import autocast

FILE = Path("models/training/checkpoints/teacher.safetensors")
IMAGE = {"size": 64, "patch": 4, "channels": [64, 128, 256], "blocks": 2}
DIMENSIONS = 256
BATCH = 256


def tower() -> ImageTower:
    return ImageTower(ImageEncoder(**IMAGE, dimensions=DIMENSIONS), DIMENSIONS)


def teacher() -> ImageTower:
    module = tower()
    module.load_state_dict(compact.load(FILE)[0])
    return module.eval()


@torch.no_grad()
def embed(module: nn.Module, painter: Painter, scenes: Scenes) -> np.ndarray:
    """z_i of the scenes by an image tower, (n, D)."""
    module.to(painter.device)
    parts = []
    for start in range(0, len(scenes), BATCH):
        with autocast(painter.device):
            parts.append(module(painter.draw(scenes[start : start + BATCH])).float().cpu().numpy())
    return np.concatenate(parts)

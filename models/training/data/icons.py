"""The rendered icons as tensors: what `npm run --prefix models/training data` left in cache/data."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

HERE = Path(__file__).parent
CACHE = HERE.parent / "cache"
MASTER = 256  # side in pixels of the rendered icons
SINGLE, PAIR = 54, 28  # side of an icon alone and of one of two, on a canvas of 64


class Icons:
    """Concepts, styles, backgrounds, and every icon premultiplied by its alpha at the sizes that scenes use."""

    def __init__(self, folder: Path = CACHE / "data"):
        listing = json.loads((folder / "concepts.json").read_text())
        self.digest: str = listing["digest"]
        self.concepts: list[dict] = listing["concepts"]
        self.names: list[str] = [concept["name"] for concept in self.concepts]
        self.styles: list[str] = listing["styles"]
        self.concept = np.array([icon["concept"] for icon in listing["icons"]])
        self.style = np.array([icon["style"] for icon in listing["icons"]])
        self.count = len(self.concept)
        self.folder = folder
        named = json.loads((HERE / "backgrounds.json").read_text())
        self.background_names = list(named)
        self.backgrounds = torch.tensor([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in named.values()])

    def masters(self) -> np.ndarray:
        """(count, 256, 256, 4) uint8, straight alpha, mapped from disk."""
        return np.memmap(self.folder / "icons-256.bin", np.uint8, "r", shape=(self.count, MASTER, MASTER, 4))

    def table(self, side: int) -> Tensor:
        """(count, 4, side, side) uint8 with colour premultiplied by alpha; computed once and cached on disk."""
        path = self.folder / f"icons-{side}-{self.digest[:12]}.npy"
        if not path.exists():
            made = np.lib.format.open_memmap(path, "w+", np.uint8, (self.count, 4, side, side))
            masters = self.masters()
            for start in range(0, self.count, 256):
                rgba = torch.from_numpy(masters[start : start + 256].copy()).permute(0, 3, 1, 2).float()
                rgba[:, :3] *= rgba[:, 3:] / 255
                small = F.interpolate(rgba, (side, side), mode="bilinear", antialias=True)
                made[start : start + len(small)] = small.round().clamp(0, 255).byte().numpy()
            made.flush()
        return torch.from_numpy(np.load(path, mmap_mode="c"))

"""Folders of the published models with their real settings and random weights, which are made when they are read."""

import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from diffusers import ConfigMixin
from torch import Tensor
from transformers import CLIPImageProcessorPil, CLIPTokenizer

from models.clip.tokenizer import BYTES
from models.training.full_size.shapes import VOCABULARY, Parts
from models.training.importing.folder import Folder
from models.training.importing.tiny import LENGTH, hub_tokenizer

BLOCK = 4_194_301  # random numbers, which every weight repeats; a prime, so that no two rows are alike


class RandomFolder(Folder):
    """A folder without weights' files. Its weights keep the size of activations, and make ones of deviations."""

    def weights_file(self, name: str) -> Path:
        return self.path / name

    def weights(self, name: str) -> Iterator[tuple[str, Tensor]]:
        noise = torch.randn(BLOCK, generator=torch.Generator().manual_seed(0))
        for key, shape in self.without_weights(name).state_dict().items():
            yield key, random(key, shape.shape, noise)


def random(key: str, shape: torch.Size, noise: Tensor) -> Tensor:
    """Of another place of the noise for each key: ONNX Runtime holds equal matrices once."""
    if len(shape) < 2 or key.endswith(("clip_mean", "mean")):
        scale = key.endswith(("weight", "std"))
        return torch.ones(shape) if scale else torch.zeros(shape)
    if key.endswith("std"):
        return torch.ones(shape)
    count, fan_in = shape.numel(), shape[1:].numel()
    start = zlib.crc32(key.encode()) % BLOCK
    repeated = noise.repeat(-(-(start + count) // BLOCK))[start : start + count]
    return repeated.reshape(shape) * fan_in**-0.5


def write_settings(folder: Path, parts: Parts) -> None:
    """The settings of every part; the tokenizer and the pictures' preparation where a part needs them."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, part in parts.items():
        if isinstance(part, ConfigMixin):
            part.save_config(folder / name)
        else:
            part.config.architectures = [type(part).__name__]
            part.config.save_pretrained(folder / name)
    if "text_encoder" in parts:
        wide_tokenizer(folder / "tokenizer")
    if "image_encoder" in parts:
        for name in ("image_processor", "feature_extractor"):  # the pipelines differ in the name
            CLIPImageProcessorPil().save_pretrained(folder / name)


def wide_tokenizer(folder: Path) -> None:
    """As many tokens as CLIP's, of any pairs of bytes."""
    symbols, last = list(BYTES.values()), [f"{symbol}</w>" for symbol in BYTES.values()]
    merges = [(first, second) for first in symbols for second in last][: VOCABULARY - 2 * len(symbols) - 2]
    tokens = [*symbols, *last, *("".join(pair) for pair in merges), "<|startoftext|>", "<|endoftext|>"]
    words: dict[str, Any] = {"vocab": {token: place for place, token in enumerate(tokens)}, "merges": merges}
    tokenizer = CLIPTokenizer(**words, pad_token="!", model_max_length=LENGTH)
    tokenizer.save_pretrained(folder)
    hub_tokenizer(folder, tokenizer)

"""What every stage trains on: icons, scene sampler, captions, tokenizer. Made once a process."""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models.clip.tokenizer import Tokenizer, train_bpe
from models.training.data.captions import Captions
from models.training.data.icons import CACHE, Icons
from models.training.data.scenes import Painter, Sampler, Scenes

CONTEXT_LENGTH = 32  # tokens a caption may have, start and end included
VOCABULARY = 4096
TOKENIZER = CACHE / "tokenizer"


class Context:
    def __init__(self, device: str):
        self.device = device
        self.icons = Icons()
        self.sampler = Sampler(self.icons)
        self.captions = Captions(self.icons)
        if not (TOKENIZER / "vocab.json").exists():
            TOKENIZER.mkdir(parents=True, exist_ok=True)
            vocab, merges = train_bpe(self.captions.corpus(), VOCABULARY)
            Tokenizer(vocab, merges).save(TOKENIZER)
        self.tokenizer = Tokenizer.from_files(TOKENIZER / "vocab.json", TOKENIZER / "merges.txt")

    def painter(self, scale: int = 1) -> Painter:
        return Painter(self.icons, scale, self.device)

    def tokens(self, texts: list[str]) -> Tensor:
        """(n, CONTEXT_LENGTH) token ids."""
        return torch.tensor([self.tokenizer.encode(text, CONTEXT_LENGTH) for text in texts], device=self.device)

    def caption_tokens(self, rng: np.random.Generator, scenes: Scenes, full: bool = False) -> Tensor:
        return self.tokens(self.captions.write(rng, scenes, full))


def without_padding(tokens: Tensor) -> Tensor:
    """(n, L) token ids, cut behind the end of the longest caption; the end token has the highest id."""
    return tokens[:, : int(tokens.argmax(dim=-1).max()) + 1]


def save_facts(facts: dict, path: Path) -> None:
    """Writes a sheet's measures as JSON, and prints them."""
    text = json.dumps(facts)
    path.write_text(text + "\n")
    print(text, flush=True)


def save_sheet(pictures: Tensor, path: Path, columns: int) -> None:
    """pictures (n, 3, S, S) in [-1, 1] -> one PNG, row by row."""
    n, _, height, width = pictures.shape
    rows = -(-n // columns)
    sheet = np.full((rows * height, columns * width, 3), 255, np.uint8)
    for i, picture in enumerate(((pictures.float().clamp(-1, 1) + 1) * 127.5).round().byte().cpu()):
        top, left = (i // columns) * height, (i % columns) * width
        sheet[top : top + height, left : left + width] = picture.permute(1, 2, 0).numpy()
    Image.fromarray(sheet).save(path)

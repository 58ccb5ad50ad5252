"""CLIP, small: a causal text transformer and a residual convolutional image tower (Radford et al. 2021; paper 2)."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.clip.transformer import Transformer

BIGRAM_FACTOR = 40_503  # a prime near 2**16 / golden ratio: spreads pairs of token ids evenly over the buckets


class TextEncoder(nn.Module):
    """tokens (n, L) -> embedding (n, D), states (n, L, W). The end token has the highest id, as in CLIP.

    bigrams: buckets of a hashed table of token pairs, which adds to each token's embedding what it means behind the one
    before it; attention need not work out names of two words (over-encoding, Huang et al. 2025). 0 for none.
    """

    def __init__(
        self, vocabulary: int, length: int, width: int, layers: int, heads: int, dimensions: int, bigrams: int = 0
    ):
        super().__init__()
        self.bigram = nn.Embedding(bigrams, width) if bigrams else None
        if self.bigram is not None:
            nn.init.normal_(self.bigram.weight, std=0.02)
        self.token = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.token.weight, std=0.02)
        self.transformer = Transformer(length, width, layers, heads)
        self.project = nn.Linear(width, dimensions, bias=False)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        tokens = tokens.long()
        embedded = self.token(tokens)
        if self.bigram is not None:
            before = F.pad(tokens[:, :-1], (1, 0))
            embedded = embedded + self.bigram((before * BIGRAM_FACTOR + tokens) % self.bigram.num_embeddings)
        states = self.transformer(embedded)
        end = tokens.argmax(dim=-1)[:, None, None].expand(-1, 1, states.shape[-1])
        return self.project(states.gather(1, end)[:, 0]), states


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions behind GroupNorm and SiLU; the first may halve the resolution."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(8, inputs),
            nn.SiLU(),
            nn.Conv2d(inputs, outputs, 3, stride, 1),
            nn.GroupNorm(8, outputs),
            nn.SiLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1),
        )
        change = stride != 1 or inputs != outputs
        self.skip = nn.Conv2d(inputs, outputs, stride, stride) if change else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.skip(x) + self.body(x)


class ImageEncoder(nn.Module):
    """picture (n, 3, S, S) in [-1, 1] -> embedding (n, D)."""

    def __init__(self, size: int, patch: int, channels: list[int], blocks: int, dimensions: int):
        super().__init__()
        self.patch = patch
        layers: list[nn.Module] = [nn.Conv2d(3 * patch * patch, channels[0], 3, 1, 1)]
        for level, width in enumerate(channels):
            before = channels[max(level - 1, 0)]
            layers.append(ResidualBlock(before, width, 2 if level else 1))
            layers += [ResidualBlock(width, width) for _ in range(blocks - 1)]
        # Flattened, not pooled: "left of" lives in the position, which a mean would throw away.
        grid = size // patch // 2 ** (len(channels) - 1)
        layers += [nn.GroupNorm(8, channels[-1]), nn.SiLU(), nn.Conv2d(channels[-1], 96, 1), nn.Flatten()]
        self.tower = nn.Sequential(*layers, nn.Linear(96 * grid * grid, dimensions, bias=False))

    def forward(self, image: Tensor) -> Tensor:
        return self.tower(F.pixel_unshuffle(image, self.patch))


class ImageTower(nn.Module):
    """picture (n, 3, S, S) in [-1, 1] -> embedding (n, D) of unit length."""

    centre: Tensor

    def __init__(self, encoder: ImageEncoder, dimensions: int):
        super().__init__()
        self.encoder = encoder
        self.register_buffer("centre", torch.zeros(dimensions))

    def forward(self, image: Tensor) -> Tensor:
        return F.normalize(self.encoder(image).float() - self.centre, dim=-1)


class Rebuild(nn.Module):
    """z_i (n, D) of unit length -> what it remembers of the picture, (n, 3, size, size)."""

    def __init__(self, dimensions: int, size: int, width: int):
        super().__init__()
        self.scale = dimensions**0.5
        layers = [nn.Linear(dimensions, width), nn.SiLU(), nn.Linear(width, 3 * size * size)]
        self.body = nn.Sequential(*layers, nn.Unflatten(1, (3, size, size)))

    def forward(self, z: Tensor) -> Tensor:
        return self.body(z * self.scale)


class Clip(nn.Module):
    """Both towers and the learned temperature."""

    def __init__(self, config: dict):
        super().__init__()
        self.text = TextEncoder(**config["text"], dimensions=config["dimensions"])
        self.image = ImageEncoder(**config["image"], dimensions=config["dimensions"])
        # Untrained towers map everything to almost one point; centring over the batch separates embeddings from the
        # start.
        self.centre_text = nn.BatchNorm1d(config["dimensions"], momentum=0.03, affine=False)
        self.centre_image = nn.BatchNorm1d(config["dimensions"], momentum=0.03, affine=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        # Contrast alone asks z_i to tell pictures apart, not to say what shape they have; the decoder needs both. Only
        # training has this head; `None` where there is none.
        rebuild = config.get("rebuild")
        self.rebuild = Rebuild(config["dimensions"], **rebuild) if rebuild else None

    def embed_text(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        embedding, states = self.text(tokens)
        return F.normalize(self.centre_text(embedding.float()), dim=-1), states.float()

    def embed_image(self, image: Tensor) -> Tensor:
        return F.normalize(self.centre_image(self.image(image).float()), dim=-1)

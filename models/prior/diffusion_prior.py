"""The diffusion prior: caption to z_i by denoising it (paper 2.2).

It has the paper's inputs: text states, z_t, timestep and noised z_i, and predicts x0. Where the paper has a causal
transformer over all of them, this one pools the text states by attention and goes on with wide residual layers: the
caption is encoded once, and each timestep costs only the denoiser's products of matrices.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.diffusion.unet import timestep_embedding

TIME_WIDTH = 128


class ResidualLayer(nn.Module):
    """(n, width) -> (n, width)"""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner, self.outer = nn.Linear(width, hidden), nn.Linear(hidden, width)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, h: Tensor) -> Tensor:
        return h + self.outer(F.silu(self.inner(self.norm(h))))


class AttentionPool(nn.Module):
    """states (n, L, W), mask (n, L) -> (n, queries * W): what each learned query finds in the text states."""

    def __init__(self, states: int, queries: int):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, states) * states**-0.5)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        scores = states @ self.queries.T + (mask[..., None] - 1.0) * 1e4  # (n, L, queries)
        return (scores.softmax(dim=1).transpose(1, 2) @ states).flatten(1)


class DiffusionPrior(nn.Module):
    """x (n, D) noised whitened z_i, t (n), text_embedding (n, D), text_states (n, L, W), text_mask (n, L) -> x0 (n, D)

    text_mask holds 1 on the caption's tokens, start and end included.
    """

    def __init__(self, dimensions: int, states: int, queries: int, encoder: dict, denoiser: dict):
        """encoder, denoiser: each its `width`, `hidden` width and number of `layers`."""
        super().__init__()
        self.scale = dimensions**0.5  # a unit vector's entries are small: back to about 1
        self.pool = AttentionPool(states, queries)
        self.enter = nn.Linear(queries * states + dimensions, encoder["width"])
        self.encoder = layers(encoder)
        self.mean = nn.Linear(encoder["width"], dimensions)
        self.condition = nn.Linear(encoder["width"], denoiser["width"])
        self.time = nn.Linear(TIME_WIDTH, denoiser["width"])
        self.noised = nn.Linear(dimensions, denoiser["width"])
        self.denoiser = layers(denoiser)
        self.out = nn.Linear(denoiser["width"], dimensions)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> Tensor:
        condition, mean = self.encode(text_embedding, text_states, text_mask)
        return self.denoise(x, t, condition, mean)

    def encode(self, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> tuple[Tensor, Tensor]:
        """The caption for the denoiser, (n, width), and the mean of z_i that it leads to expect, (n, D)."""
        pooled = self.pool(text_states, text_mask)
        caption = self.encoder(self.enter(torch.cat([pooled, text_embedding * self.scale], dim=1)))
        return self.condition(caption), self.mean(caption)

    def denoise(self, x: Tensor, t: Tensor, condition: Tensor, mean: Tensor) -> Tensor:
        """x0 as a change to the mean; x (n, D), t (n)"""
        return mean + self.out(self.denoiser(self.noised(x) + self.time(timestep_embedding(t, TIME_WIDTH)) + condition))

    def many(self, x: Tensor, t: Tensor, condition: Tensor, mean: Tensor) -> Tensor:
        """`denoise` for k noised z_i of each caption: x (n, k, D), t (n, k) -> (n, k, D)"""
        k = x.shape[1]
        rows = [part.repeat_interleave(k, dim=0) for part in (condition, mean)]
        return self.denoise(x.flatten(0, 1), t.flatten(), *rows).view(x.shape)


def layers(shape: dict) -> nn.Sequential:
    width = shape["width"]
    return nn.Sequential(*(ResidualLayer(width, shape["hidden"]) for _ in range(shape["layers"])), nn.LayerNorm(width), nn.SiLU())

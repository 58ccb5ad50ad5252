"""An MLP mixer over overlapping windows (Tolstikhin et al. 2021): all of it dense products, which a processor does
fastest.

Windows of two blocks by two, one block apart, cover the picture and a block around it; what the windows say of a
pixel is added up, so that no seams show at the blocks.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MixerLayer(nn.Module):
    """tokens (n, T, width), condition (n, C) -> (n, T, width): mixes the tokens, then each token's channels."""

    def __init__(self, tokens: int, width: int, hidden: int, condition: int):
        super().__init__()
        self.norm_tokens, self.norm_channels = nn.LayerNorm(width), nn.LayerNorm(width, elementwise_affine=False)
        self.tokens_in, self.tokens_out = nn.Linear(tokens, tokens), nn.Linear(tokens, tokens)
        self.channels_in, self.channels_out = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.condition = nn.Linear(condition, 2 * width)
        for layer in (self.tokens_out, self.channels_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, h: Tensor, condition: Tensor) -> Tensor:
        mixed = self.tokens_out(F.silu(self.tokens_in(self.norm_tokens(h).transpose(1, 2))))
        h = h + mixed.transpose(1, 2)
        scale, shift = self.condition(condition)[:, None].chunk(2, dim=2)
        return h + self.channels_out(F.silu(self.channels_in(self.norm_channels(h) * (1 + scale) + shift)))


class Mixer(nn.Module):
    """x (n, inputs, S, S), condition (n, C) -> (n, outputs, S, S), for pictures of `size` S."""

    def __init__(
        self, inputs: int, outputs: int, size: int, block: int, width: int, hidden: int, layers: int, condition: int
    ):
        super().__init__()
        self.block, self.grid, self.outputs = block, size // block, outputs
        windows = self.grid + 1  # a side
        self.enter = nn.Linear(4 * inputs * block * block, width)
        self.position = nn.Parameter(torch.randn(windows * windows, width) * 0.02)
        self.layers = nn.ModuleList(MixerLayer(windows * windows, width, hidden, condition) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, 4 * outputs * block * block)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        windows = self.grid + 1
        blocks = F.pixel_unshuffle(x, self.block).permute(0, 2, 3, 1)  # (n, grid, grid, channels)
        blocks = F.pad(blocks, (0, 0, 1, 1, 1, 1))
        corners = [blocks[:, i : i + windows, j : j + windows] for i in (0, 1) for j in (0, 1)]
        h = self.enter(torch.cat(corners, dim=3)).flatten(1, 2) + self.position
        condition = F.silu(condition)
        for layer in self.layers:
            h = layer(h, condition)
        said = self.leave(F.silu(self.norm(h))).unflatten(1, (windows, windows)).chunk(4, dim=3)
        # Block (i, j) is the lower right corner of window (i, j) and the upper left one of window (i + 1, j + 1).
        grid = self.grid
        summed = said[0][:, 1:, 1:] + said[1][:, 1:, :grid] + said[2][:, :grid, 1:] + said[3][:, :grid, :grid]
        return F.pixel_shuffle(summed.permute(0, 3, 1, 2), self.block)

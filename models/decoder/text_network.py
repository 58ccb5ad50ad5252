"""A decoder conditioned on the caption instead of z_i, for the comparison with unCLIP (docs/reports/paper.md).

As in GLIDE (Nichol et al. 2021), a transformer reads the caption, its tokens join the keys of the attention, and a
learned token fills the positions after the caption. z_t replaces z_i in the time embedding.
"""

import torch
from torch import Tensor, nn

from models.clip.transformer import Transformer
from models.diffusion.unet import UNet, timestep_embedding


class TextDecoder(nn.Module):
    """x (n, 3, S, S) noised picture, t (n), text_embedding (n, D), text_states (n, L, W), text_mask (n, L)
    -> prediction (n, 3, S, S).

    text_mask is 1 on the caption's tokens. L may be the length of the longest caption of the batch.
    """

    def __init__(self, dimensions: int, states: int, length: int, condition: int, reader: dict, unet: dict):
        super().__init__()
        self.length = length
        self.time_width = 128
        self.time = nn.Sequential(nn.Linear(self.time_width, condition), nn.SiLU(), nn.Linear(condition, condition))
        self.embedding = nn.Linear(dimensions, condition)
        self.scale = dimensions**0.5  # a unit vector's entries are small: back to about 1
        self.states = nn.Linear(states, condition)
        self.reader = Transformer(length, condition, **reader)
        self.padding = nn.Parameter(torch.zeros(condition))
        self.unet = UNet(3, 3, condition=condition, context=condition, **unet)

    def forward(self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> Tensor:
        condition = self.time(timestep_embedding(t, self.time_width)) + self.embedding(text_embedding * self.scale)
        tokens = torch.where(text_mask[..., None] > 0, self.reader(self.states(text_states)), self.padding)
        if tokens.shape[1] < self.length:  # as many keys as ever, or attention would weigh them otherwise
            rest = self.padding.expand(len(tokens), self.length - tokens.shape[1], -1)
            tokens = torch.cat([tokens, rest], dim=1)
        return self.unet(x, condition, tokens)

"""The diffusion prior: caption to z_i by denoising it (paper 2.2).

One causal sequence, in the paper's order: text states, z_t, timestep, noised z_i, and a query whose output is x0.
"""

import torch
from torch import Tensor, nn

from models.clip.transformer import Transformer
from models.diffusion.unet import timestep_embedding


class DiffusionPrior(nn.Module):
    """x (n, D) noised whitened z_i, t (n), text_embedding (n, D), text_states (n, L, W), text_mask (n, L) -> x0 (n, D)

    text_mask holds 1 on the caption's tokens, start and end included.
    """

    def __init__(self, dimensions: int, states: int, length: int, width: int, layers: int, heads: int):
        super().__init__()
        self.text = nn.Linear(states, width)
        self.text_embedding = nn.Linear(dimensions, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.noised = nn.Linear(dimensions, width)
        self.query = nn.Parameter(torch.randn(width) * 0.02)
        self.transformer = Transformer(length + 4, width, layers, heads)
        self.out = nn.Linear(width, dimensions)
        self.scale = dimensions**0.5

    def forward(self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> Tensor:
        n, width = x.shape[0], self.query.shape[0]
        tail = [
            self.text_embedding(text_embedding * self.scale),  # a unit vector's entries are small: back to about 1
            self.time(timestep_embedding(t, width)),
            self.noised(x),
            self.query.expand(n, -1),
        ]
        sequence = torch.cat([self.text(text_states), torch.stack(tail, dim=1)], dim=1)  # (n, L + 4, width)
        keep = torch.cat([text_mask, torch.ones(n, 4, device=x.device)], dim=1)
        return self.out(self.transformer(sequence, keep)[:, -1])

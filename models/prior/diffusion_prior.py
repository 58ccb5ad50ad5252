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
        self.scale = dimensions**0.5  # a unit vector's entries are small: back to about 1

    def forward(self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> Tensor:
        sequence = torch.cat([*self.head(text_embedding, text_states), self.tail(x, t)], dim=1)  # (n, L + 4, width)
        mask = torch.cat([text_mask, torch.ones(x.shape[0], 4, device=x.device)], dim=1)
        return self.out(self.transformer(sequence, mask)[:, -1])

    def head(self, text_embedding: Tensor, text_states: Tensor) -> list[Tensor]:
        """The caption's tokens, (n, L, width) and z_t's (n, 1, width)."""
        return [self.text(text_states), self.text_embedding(text_embedding * self.scale)[:, None]]

    def tail(self, x: Tensor, t: Tensor) -> Tensor:
        """The three tokens behind z_t: x (n, D), t (n) -> (n, 3, width)."""
        n, width = x.shape[0], self.query.shape[0]
        time = self.time(timestep_embedding(t, width))
        return torch.stack([time, self.noised(x), self.query.expand(n, -1)], dim=1)

    def many(self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> Tensor:
        """`forward` for several noised z_i of one caption: x (n, k, D), t (n, k) -> (n, k, D); training's way.

        The sequence is causal, so the caption's part is the same for all of them and is computed once; each tail sees
        the caption and itself. Captions may be cut to the longest of the batch.
        """
        n, k, dimensions = x.shape
        length = text_states.shape[1]
        head = self.head(text_embedding, text_states)
        tails = self.tail(x.reshape(n * k, dimensions), t.reshape(n * k)).view(n, 3 * k, -1)
        seen = torch.cat([text_mask, torch.ones(n, 1, device=x.device)], dim=1)[:, None].expand(
            -1, length + 1 + 3 * k, -1
        )
        own = torch.block_diag(*torch.ones(k, 3, 3)).to(x.device)
        own = torch.cat([torch.zeros(length + 1, 3 * k, device=x.device), own])[None].expand(n, -1, -1)
        last = self.transformer.position.shape[0] - 4  # the place of z_t, whatever the captions were cut to
        places = torch.cat([torch.arange(length), torch.tensor([last]), torch.arange(last + 1, last + 4).repeat(k)])
        out = self.transformer(torch.cat([*head, tails], dim=1), torch.cat([seen, own], dim=2), places)
        return self.out(out[:, length + 3 :: 3])

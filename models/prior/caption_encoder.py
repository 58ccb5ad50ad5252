"""How both priors read a caption: attention pools the text states, wide residual layers go on from there with z_t."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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


class ResidualLayers(nn.Sequential):
    """(n, width) -> (n, width), normalised and activated for the layer behind."""

    def __init__(self, width: int, hidden: int, layers: int):
        super().__init__(*(ResidualLayer(width, hidden) for _ in range(layers)), nn.LayerNorm(width), nn.SiLU())


class AttentionPool(nn.Module):
    """states (n, L, W), mask (n, L) -> (n, queries * W): what each learned query finds in the text states."""

    def __init__(self, states: int, queries: int):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, states) * states**-0.5)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        scores = states @ self.queries.T + (mask[..., None] - 1.0) * 1e4  # (n, L, queries)
        return (scores.softmax(dim=1).transpose(1, 2) @ states).flatten(1)


class CaptionEncoder(nn.Module):
    """text_embedding (n, D), text_states (n, L, W), text_mask (n, L) -> caption (n, width), the whitened z_i it leads
    to expect (n, D)."""

    def __init__(self, dimensions: int, states: int, queries: int, width: int, hidden: int, layers: int):
        super().__init__()
        self.scale = dimensions**0.5  # a unit vector's entries are small: back to about 1
        self.pool = AttentionPool(states, queries)
        self.enter = nn.Linear(queries * states + dimensions, width)
        self.layers = ResidualLayers(width, hidden, layers)
        self.mean = nn.Linear(width, dimensions)

    def forward(self, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> tuple[Tensor, Tensor]:
        pooled = self.pool(text_states, text_mask)
        caption = self.layers(self.enter(torch.cat([pooled, text_embedding * self.scale], dim=1)))
        return caption, self.mean(caption)

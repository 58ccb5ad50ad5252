"""Pre-norm transformer of the text encoder, the autoregressive prior and the text-conditioned decoder (Radford et al.
2019; paper App. C)."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    """Self-attention and a 4x GELU feed-forward, each behind a LayerNorm, on (n, tokens, width)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm_feed = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        n, tokens, width = x.shape
        qkv = self.qkv(self.norm_attention(x)).view(n, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # (n, heads, tokens, head width) each
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        x = x + self.out(attended.transpose(1, 2).reshape(n, tokens, width))
        return x + self.feed(self.norm_feed(x))


class Transformer(nn.Module):
    """A causal stack: token i sees tokens 0..i."""

    causal: Tensor

    def __init__(self, tokens: int, width: int, layers: int, heads: int):
        super().__init__()
        self.position = nn.Parameter(torch.randn(tokens, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        # A large negative number after the diagonal.
        self.register_buffer("causal", torch.full((tokens, tokens), -1e4).triu(1), persistent=False)
        for block in (cast(Block, block) for block in self.blocks):
            nn.init.normal_(block.out.weight, std=0.02 / (2 * layers) ** 0.5)
            nn.init.normal_(cast(nn.Linear, block.feed[2]).weight, std=0.02 / (2 * layers) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        """x (n, tokens, width), of at most as many tokens as there are positions."""
        tokens = x.shape[1]
        x = x + self.position[:tokens]
        bias = self.causal[None, None, :tokens, :tokens]
        for block in self.blocks:
            x = block(x, bias)
        return self.norm(x)

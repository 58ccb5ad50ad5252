"""The autoregressive prior: z_i as a sequence of quantised PCA coefficients (paper 2.2).

Every position receives the encoded caption (caption_encoder.py) and an embedding of the wanted dot product of z_i and
z_t. Buckets are ordered, but an embedding table and a softmax do not know that. So the input adds the value that a code
stands for, and the output adds a Gaussian over the buckets to the logits. The mode of the Gaussian starts at the
coefficient of the z_i that the caption encoder expects.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.clip.transformer import Transformer
from models.prior.caption_encoder import CaptionEncoder


class AutoregressivePrior(nn.Module):
    """codes (n, K), dot (n), text_embedding (n, D), text_states (n, L, W), text_mask (n, L) -> logits (n, K, buckets).

    logits[:, i] predict code i from the codes before it.
    """

    centres: Tensor

    def __init__(
        self,
        dimensions: int,
        states: int,
        queries: int,
        encoder: dict,
        coefficients: int,
        buckets: int,
        dot_buckets: int,
        width: int,
        layers: int,
        heads: int,
    ):
        super().__init__()
        self.encoder = CaptionEncoder(dimensions, states, queries, **encoder)
        self.expected = nn.Linear(dimensions, coefficients)  # whitened z_i -> coefficients, their ranges from -1 to 1
        self.caption = nn.Linear(encoder["width"], width)
        self.dot = nn.Embedding(dot_buckets, width)
        self.bucket = nn.Embedding(buckets, width)
        for table in (self.dot, self.bucket):
            nn.init.normal_(table.weight, std=0.02)
        self.register_buffer("centres", (2 * torch.arange(buckets) + 1) / buckets - 1, persistent=False)  # -1 ... 1
        # One vector per position for the value of the previous code and for the expected coefficient.
        self.value = nn.Parameter(torch.randn(coefficients - 1, width) * 0.1)
        self.expectation = nn.Parameter(torch.randn(coefficients, width) * 0.1)
        self.transformer = Transformer(coefficients, width, layers, heads)
        # The mode of each Gaussian relative to the expected coefficient, and the logarithm of its deviation: `widths`
        # plus a part that depends on the state. It starts at a third of the range, so the Gaussian covers all of it.
        self.middle = nn.Parameter(torch.zeros(coefficients, width))
        self.width = nn.Parameter(torch.zeros(coefficients, width))
        self.widths = nn.Parameter(torch.full((coefficients,), -1.1))
        self.bend = nn.Linear(width, buckets)
        nn.init.zeros_(self.bend.weight)
        nn.init.zeros_(self.bend.bias)

    def forward(self, codes, dot, text_embedding, text_states, text_mask) -> Tensor:
        caption, mean = self.encoder(text_embedding, text_states, text_mask)
        expected = self.expected(mean).float()  # (n, K)
        known = codes[:, :-1].long()  # the last code is only ever predicted
        before = self.bucket(known) + self.centres[known][..., None] * self.value  # (n, K - 1, width)
        given = (self.caption(caption) + self.dot(dot.long()))[:, None] + expected[..., None] * self.expectation
        states = self.transformer(given + F.pad(before, (0, 0, 1, 0)))
        middle = expected[..., None] + (states * self.middle).float().sum(dim=-1, keepdim=True)
        width = (self.widths + (states * self.width).float().sum(dim=-1)).clamp(-5, 1)[..., None]
        gaussian = -0.5 * ((self.centres - middle) * torch.exp(-width)).square()
        return gaussian + self.bend(states)

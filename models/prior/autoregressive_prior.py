"""The autoregressive prior: z_i as a sentence of quantised PCA coefficients (paper 2.2).

It is given the caption as the diffusion prior is (caption_encoder.py), and one token for how well z_i shall agree
with z_t. Buckets have an order, which a plain table of embeddings and a plain softmax would have to find out: so a
code also enters as the number it stands for, and leaves as a bell over the buckets, which free logits may then bend
into any shape. The bell begins at the coefficient of the z_i that the caption leads to expect.
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

    def __init__(self, dimensions, states, queries, encoder, coefficients, buckets, dot_buckets, width, layers, heads):
        super().__init__()
        self.encoder = CaptionEncoder(dimensions, states, queries, **encoder)
        self.expected = nn.Linear(dimensions, coefficients)  # whitened z_i -> coefficients, their ranges from -1 to 1
        self.caption = nn.Linear(encoder["width"], width)
        self.dot = nn.Embedding(dot_buckets, width)
        self.bucket = nn.Embedding(buckets, width)
        for table in (self.dot, self.bucket):
            nn.init.normal_(table.weight, std=0.02)
        self.register_buffer("centres", (2 * torch.arange(buckets) + 1) / buckets - 1, persistent=False)  # -1 ... 1
        # What the code before and the expected coefficient say, by place.
        self.value = nn.Parameter(torch.randn(coefficients - 1, width) * 0.1)
        self.expectation = nn.Parameter(torch.randn(coefficients, width) * 0.1)
        self.transformer = Transformer(coefficients, width, layers, heads)
        self.middle = nn.Parameter(
            torch.zeros(coefficients, width)
        )  # how far the bell stands from where it is expected
        self.width = nn.Parameter(
            torch.zeros(coefficients, width)
        )  # the logarithm of how wide it is, as `widths` and this
        self.widths = nn.Parameter(
            torch.full((coefficients,), -1.1)
        )  # at first the whole range: a third of it each way
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
        bell = -0.5 * ((self.centres - middle) * torch.exp(-width)).square()
        return bell + self.bend(states)

"""The autoregressive prior: z_i as a sequence of quantised PCA coefficients (paper 2.2).

The prefix holds the encoded caption, z_t, and one token for the wanted dot product of z_i and z_t. Buckets are ordered,
but an embedding table and a softmax do not know that. So the input adds the value that a code stands for, and the
output adds a Gaussian over the buckets to the logits. Each coefficient has its own vector for both.
"""

import torch
from torch import Tensor, nn

from models.clip.transformer import Transformer


class AutoregressivePrior(nn.Module):
    """codes (n, K), dot (n), text_embedding (n, D), text_states (n, L, W), text_mask (n, L) -> logits (n, K, buckets).

    logits[:, i] predict code i from the codes before it.
    """

    centres: Tensor

    def __init__(self, dimensions, states, length, coefficients, buckets, dot_buckets, width, layers, heads):
        super().__init__()
        self.text = nn.Linear(states, width)
        self.text_embedding = nn.Linear(dimensions, width)
        self.dot = nn.Embedding(dot_buckets, width)
        self.bucket = nn.Embedding(buckets, width)
        nn.init.normal_(self.bucket.weight, std=0.02)
        self.value = nn.Parameter(torch.randn(coefficients - 1, width) * 0.02)
        self.register_buffer("centres", (2 * torch.arange(buckets) + 1) / buckets - 1, persistent=False)  # -1 ... 1
        self.transformer = Transformer(length + 1 + coefficients, width, layers, heads)
        self.middle = nn.Parameter(torch.zeros(coefficients, width))  # the mode of each coefficient
        self.width = nn.Linear(width, 1)  # the logarithm of how wide it is
        nn.init.zeros_(self.width.weight)
        nn.init.constant_(self.width.bias, -1.1)  # at first the whole range: a third of it each way
        self.bend = nn.Linear(width, buckets)
        nn.init.zeros_(self.bend.weight)
        nn.init.zeros_(self.bend.bias)
        self.prefix = length + 1
        self.scale = dimensions**0.5

    def forward(self, codes, dot, text_embedding, text_states, text_mask) -> Tensor:
        known = codes[:, :-1].long()  # the last code is only ever predicted
        head = [
            self.text(text_states),
            self.text_embedding(text_embedding * self.scale)[:, None],
            self.dot(dot.long())[:, None],
            self.bucket(known) + self.centres[known][..., None] * self.value * self.scale,
        ]
        mask = torch.cat([text_mask, torch.ones(codes.shape[0], 1 + codes.shape[1], device=codes.device)], dim=1)
        out = self.transformer(torch.cat(head, dim=1), mask, self.places(text_states.shape[1]))
        return self.logits(out[:, -codes.shape[1] :])

    def logits(self, states: Tensor) -> Tensor:
        """(n, K, width) -> (n, K, buckets)"""
        middle = (states * self.middle).float().sum(dim=-1, keepdim=True)
        width = self.width(states).float().clamp(-5, 1)
        gaussian = -0.5 * ((self.centres - middle) * torch.exp(-width)).square()
        return gaussian + self.bend(states)

    def places(self, length: int) -> Tensor | None:
        """Where each token stands if captions are cut to `length` tokens, as training does; None if they are whole."""
        whole = self.transformer.position.shape[0]
        if length + 1 == self.prefix:
            return None
        return torch.cat([torch.arange(length), torch.arange(self.prefix - 1, whole)])

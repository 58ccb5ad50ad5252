"""What the decoder knows by heart: the mean picture of the training icons, weighed by how likely each is given z_i.

Attention whose keys are the icons' embeddings and whose values are their principal components, in closed form: z_i of
an icon spreads about its mean over the backgrounds with one covariance, the prior adds an error of about `noise`, so
Bayes' rule with normal densities gives each icon's probability. What was never seen is left to the network that draws
over this picture (semi-parametric diffusion, Blattmann et al. 2022).
"""

import torch
from torch import Tensor, nn

CANVAS = 64  # pixels
COARSE = 256  # components: 92% of the icons' variance
RINGING = 0.03  # of alpha: what the components that were left out add to the transparent and take from the opaque


class IconMemory(nn.Module):
    """Whitened z_i (n, D) -> picture (n, 3, 64, 64) in [-1, 1], and how near z_i lies to an icon (n, 2): the squared
    distance from the nearest mean as a share of what noise alone makes it, and the greatest weight."""

    metric: Tensor
    keys: Tensor
    values: Tensor
    components: Tensor
    fine_values: Tensor
    fine_components: Tensor
    mean: Tensor
    ground: Tensor
    colours: Tensor

    def __init__(self, dimensions: int, icons: int, components: int, backgrounds: int, side: int):
        super().__init__()
        self.shape = {"icons": icons, "components": components, "backgrounds": backgrounds, "side": side}
        self.side = side
        self.register_buffer("metric", torch.zeros(dimensions, dimensions))  # to the space where icons spread evenly
        self.register_buffer("keys", torch.zeros(dimensions, icons))  # the icons' means there, one a column
        # The first components hold nearly all of the picture; the rest may be stored in fewer bits, so they stand
        # apart.
        coarse, pixels = min(COARSE, components), 4 * side * side
        self.register_buffer("values", torch.zeros(icons, coarse))
        self.register_buffer("components", torch.zeros(coarse, pixels))
        self.register_buffer("fine_values", torch.zeros(icons, components - coarse))
        self.register_buffer("fine_components", torch.zeros(components - coarse, pixels))
        self.register_buffer("mean", torch.zeros(pixels))  # premultiplied RGBA, 0 to 1
        self.register_buffer("ground", torch.zeros(dimensions + 1, backgrounds))  # logits of the backgrounds
        self.register_buffer("colours", torch.zeros(backgrounds, 3))  # -1 to 1

    def forward(self, white: Tensor, left_out: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """left_out (n): an icon that each row shall not know, or -1; for training."""
        weights, nearness = self.attention(white, left_out)
        coarse = (weights @ self.values) @ self.components
        layer = self.mean + coarse + (weights @ self.fine_values) @ self.fine_components
        return self.composite(layer.view(-1, 4, self.side, self.side), self.background(white)), nearness

    def attention(self, white: Tensor, left_out: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Weights of the icons (n, icons), which sum to 1, and the nearness (n, 2)."""
        query = white @ self.metric
        logits = query @ self.keys - self.keys.square().sum(dim=0) / 2
        if left_out is not None:
            known = torch.arange(self.keys.shape[1], device=white.device) == left_out[:, None]
            logits = logits.masked_fill(known, -1e4)
        weights = logits.softmax(dim=1)
        distance = (query.square().sum(dim=1) - 2 * logits.amax(dim=1)) / query.shape[1]
        return weights, torch.stack([distance, weights.amax(dim=1)], dim=1)

    def embeddings(self, icon: Tensor) -> Tensor:
        """The whitened means of these icons (n) -> (n, D)."""
        return torch.linalg.solve(self.metric.T, self.keys[:, icon]).T

    def background(self, white: Tensor) -> Tensor:
        """(n, 3)"""
        logits = white @ self.ground[:-1] + self.ground[-1]
        return logits.softmax(dim=1) @ self.colours

    def composite(self, layer: Tensor, ground: Tensor) -> Tensor:
        """The layer (n, 4, side, side), premultiplied, over plain colours (n, 3) -> (n, 3, 64, 64)."""
        alpha = ((layer[:, 3:] - RINGING) / (1 - 2 * RINGING)).clamp(0, 1)
        layer = torch.cat([torch.minimum(layer[:, :3].clamp(min=0), alpha), alpha], dim=1)
        layer = nn.functional.pad(layer, ((CANVAS - self.side) // 2,) * 4)
        colour, alpha = layer[:, :3], layer[:, 3:]
        return ground[:, :, None, None] * (1 - alpha) + colour * 2 - alpha

"""The decoder's memory of the training icons: the mean of their pictures, weighted by how likely each is given z_i.

Attention whose keys are the icons' embeddings and whose values are their principal components, in closed form. z_i of
an icon is normally distributed about its mean with one covariance over the backgrounds, and the prior adds an error;
Bayes' rule then gives the probability of each icon, as it is and in every other colour: z_i encodes the colour of the
thing in directions of its own (models/training/embedding_space.py). What was never seen is left to the network that
draws over this picture (semi-parametric diffusion, Blattmann et al. 2022).
"""

import torch
from torch import Tensor, nn

from models.decoder.recolour import TINT, recoloured
from models.decoder.smoothing import smoothed

CANVAS = 64  # pixels
COARSE = 64  # components that are stored in more bits than the rest
NEIGHBOURS = 16  # icons in a colour with the largest probabilities, which alone are averaged
BARRED = -10_000.0  # logit of an icon in a colour that it cannot take
# Of alpha: what the components that were left out, and the few bits, add to the transparent and take from the opaque.
RINGING = 0.03
# Deviations of the filters that remove what they add to plain areas: of the layer (RGBA, 0 to 1), then of the picture
# (RGB, -1 to 1), each with the spacing of the neighbours.
LAYER_GRAIN = 0.06
PICTURE_GRAIN = ((0.05, 2), (0.03, 1))


class IconMemory(nn.Module):
    """Whitened z_i (n, D) -> picture (n, 3, 64, 64) in [-1, 1], and how near z_i lies to an icon (n, 2): the squared
    distance from the nearest mean as a share of what noise alone makes it, and the largest weight."""

    metric: Tensor
    keys: Tensor
    values: Tensor
    components: Tensor
    fine_components: Tensor
    mean: Tensor
    ground: Tensor
    colours: Tensor
    code: Tensor
    own_codes: Tensor
    other_codes: Tensor
    barred: Tensor
    tint: Tensor
    palette: Tensor

    def __init__(self, dimensions: int, icons: int, components: int, backgrounds: int, side: int, recolours: int = 0):
        """recolours: how many colours icons may take beside their own; without any, z_i has no code of colour."""
        super().__init__()
        self.shape = {"icons": icons, "components": components, "backgrounds": backgrounds, "side": side}
        self.recolours = recolours
        if recolours:
            self.shape["recolours"] = recolours
        self.side, self.coarse = side, min(COARSE, components // 2)
        pixels = 4 * side * side
        self.register_buffer("metric", torch.zeros(dimensions, dimensions))  # to the space where icons spread evenly
        self.register_buffer("keys", torch.zeros(dimensions, icons))  # the icons' means there, one a column
        self.register_buffer("values", torch.zeros(icons, components))
        self.register_buffer("components", torch.zeros(self.coarse, pixels))
        self.register_buffer("fine_components", torch.zeros(components - self.coarse, pixels))
        self.register_buffer("mean", torch.zeros(pixels))  # premultiplied RGBA, 0 to 1
        self.register_buffer("ground", torch.zeros(dimensions + 1, backgrounds))  # logits of the backgrounds
        self.register_buffer("colours", torch.zeros(backgrounds, 3))  # -1 to 1
        if recolours:
            # From z_i to the code of its colour, in deviations of the prior's error.
            self.register_buffer("code", torch.zeros(dimensions, recolours))
            self.register_buffer("own_codes", torch.zeros(recolours, icons))
            self.register_buffer("other_codes", torch.zeros(recolours, recolours))  # one a column
            self.register_buffer("barred", torch.zeros(icons, recolours))  # BARRED or 0
            self.register_buffer("tint", torch.zeros(icons, TINT))
            self.register_buffer("palette", torch.zeros(recolours, 3))  # 0 to 1

    def forward(self, white: Tensor) -> tuple[Tensor, Tensor]:
        logits, places, distance = self.nearest(white)
        return self.shown(white, places, logits.softmax(dim=1), distance)

    def nearest(self, white: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Whitened z_i (n, D) -> logits (n, k) of the likeliest icons in a colour, places (n, k), distance (n)."""
        query = white @ self.metric
        logits = query @ self.keys - self.keys.square().sum(dim=0) / 2
        norm = query.square().sum(dim=1)
        if self.recolours:
            code = self.limited(white @ self.code)
            own = code @ self.own_codes - self.own_codes.square().sum(dim=0) / 2
            other = code @ self.other_codes - self.other_codes.square().sum(dim=0) / 2
            logits = logits[:, :, None] + torch.cat([own[:, :, None], other[:, None] + self.barred], dim=2)
            logits, norm = logits.flatten(1), norm + code.square().sum(dim=1)
        logits, places = logits.topk(min(NEIGHBOURS, self.keys.shape[1]), dim=1)
        return logits, places, (norm - 2 * logits[:, 0]) / query.shape[1]

    def shown(self, white: Tensor, places: Tensor, weights: Tensor, distance: Tensor) -> tuple[Tensor, Tensor]:
        """`forward` with these weights (n, k) of the icons, the largest first."""
        icons = places // (1 + self.recolours)
        values = (weights[..., None] * nn.functional.embedding(icons, self.values)).sum(dim=1)
        layer = self.layer(values)
        if self.recolours:
            layer = self.painted(layer, weights, icons[:, 0], places % (1 + self.recolours))
        picture = self.composite(layer, self.background(white))
        for deviation, spacing in PICTURE_GRAIN:
            picture = smoothed(picture, deviation, spacing)
        return picture, torch.stack([distance, weights[:, 0]], dim=1)

    def layer(self, values: Tensor) -> Tensor:
        """Components (n, K) -> premultiplied RGBA (n, 4, side, side)."""
        coarse, fine = values[:, : self.coarse], values[:, self.coarse :]
        layer = self.mean + coarse @ self.components + fine @ self.fine_components
        layer = smoothed(layer.view(-1, 4, self.side, self.side), LAYER_GRAIN)
        alpha = ((layer[:, 3:] - RINGING) / (1 - 2 * RINGING)).clamp(0, 1)
        return torch.cat([torch.minimum(layer[:, :3].clamp(min=0), alpha), alpha], dim=1)

    def limited(self, code: Tensor) -> Tensor:
        """Codes (n, recolours), at most as long as those of the colours: text diffs overshoot."""
        longest = self.other_codes.square().sum(dim=0).amax(dim=0).sqrt()
        length = code.square().sum(dim=1, keepdim=True).sqrt()
        return code * (longest / length.clamp(min=1e-3)).clamp(max=1)

    def painted(self, layer: Tensor, weights: Tensor, icon: Tensor, colours: Tensor) -> Tensor:
        """layer (n, 4, side, side) in the mean of the colours (n, k), of which 0 is the icon's own, with these weights
        (n, k)."""
        other = weights * (colours > 0)
        share = other.sum(dim=1)
        palette = nn.functional.embedding((colours - 1).clamp(min=0), self.palette)
        colour = (other[..., None] * palette).sum(dim=1) / share[:, None].clamp(min=1e-6)
        return recoloured(layer, nn.functional.embedding(icon, self.tint), colour, share)

    def embeddings(self, icon: Tensor) -> Tensor:
        """The whitened means of these icons (n) -> (n, D)."""
        means = torch.linalg.lstsq(self.metric.T, self.keys[:, icon], driver="gelsd").solution.T
        if not self.recolours:
            return means
        return means + torch.linalg.lstsq(self.code.T, self.own_codes[:, icon], driver="gelsd").solution.T

    def background(self, white: Tensor) -> Tensor:
        """(n, 3)"""
        logits = white @ self.ground[:-1] + self.ground[-1]
        return logits.softmax(dim=1) @ self.colours

    def composite(self, layer: Tensor, ground: Tensor) -> Tensor:
        """The layer (n, 4, side, side) over plain colours (n, 3) -> (n, 3, 64, 64)."""
        layer = nn.functional.pad(layer, ((CANVAS - self.side) // 2,) * 4)
        colour, alpha = layer[:, :3], layer[:, 3:]
        return ground[:, :, None, None] * (1 - alpha) + colour * 2 - alpha

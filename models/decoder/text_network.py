"""A decoder conditioned on the caption instead of z_i, for the comparison with unCLIP (docs/reports/paper.md).

The network of models/decoder/network.py with z_t in the place of z_i. A caption leaves open what z_i says, the style
for example, so the memory asks the noised picture too: Bayes' rule gives the probability of each icon from z_t and x.
"""

import torch
from torch import Tensor, nn

from models.decoder.network import Decoder
from models.decoder.recolour import recoloured

CANDIDATES = 8  # icons that x chooses from
COARSE_ERROR = 0.046  # mean squared, of their pictures, which are of the coarse components alone
# z_t of captions of one thing lies at 0.1 to 0.3 of the memory's distance, of two at 0.4 to 0.7: so that the first are
# familiar to the mixer and the second strange.
DISTANCE = 2.5


class TextDecoder(Decoder):
    """x (n, 3, 64, 64) noised picture, t (n) timesteps, z_t (n, D) -> x0 (n, 3, 64, 64)."""

    def known(self, x: Tensor, t: Tensor, white: Tensor) -> tuple[Tensor, Tensor]:
        alpha, sigma = self.levels(t)
        logits, places, distance = self.memory.nearest(white)
        logits, places = logits[:, :CANDIDATES], places[:, :CANDIDATES]
        pictures = self.candidates(white, places)
        shown = (alpha * x)[:, None] * pictures - alpha[:, None] ** 2 * pictures.square() / 2
        variance = sigma**2 + alpha**2 * COARSE_ERROR
        logits = logits + shown.sum(dim=(2, 3, 4)) / variance.flatten(1)
        logits, order = logits.sort(dim=1, descending=True)
        return self.memory.shown(white, places.gather(1, order), logits.softmax(dim=1), DISTANCE * distance)

    def candidates(self, white: Tensor, places: Tensor) -> Tensor:
        """The icons (n, k), each on its background, by their coarse components: (n, k, 3, 64, 64)."""
        memory, (n, k) = self.memory, places.shape
        icon, colour = places.flatten() // (1 + memory.recolours), places.flatten() % (1 + memory.recolours)
        values = nn.functional.embedding(icon, memory.values)[:, : memory.coarse]
        layer = (memory.mean + values @ memory.components).view(-1, 4, memory.side, memory.side)
        alpha = layer[:, 3:].clamp(0, 1)
        layer = torch.cat([torch.minimum(layer[:, :3].clamp(min=0), alpha), alpha], dim=1)
        if memory.recolours:
            palette = memory.palette[(colour - 1).clamp(min=0)]
            layer = recoloured(layer, memory.tint[icon], palette, (colour > 0).float())
        ground = memory.background(white)[:, None].expand(-1, k, -1).flatten(0, 1)
        return memory.composite(layer, ground).unflatten(0, (n, k))

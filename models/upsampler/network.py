"""The upsamplers' network: convolutions only, conditioned on nothing but the smaller picture (paper 2.1).

No attention and no absolute position, so that what is trained on crops runs at full size. Predicts x0, as what it
adds to the resized picture: behind a pixel-unshuffle of 4 or 8 the network is narrower than its patches, too narrow to
carry their noise, which a prediction of epsilon or v would ask of it.
"""

import torch
from torch import Tensor, nn

from models.diffusion.unet import UNet, timestep_embedding


class Upsampler(nn.Module):
    """x (n, 3, S, S) noised, t (n), low (n, 3, S, S) the smaller picture resized to S -> x0 (n, 3, S, S)."""

    def __init__(self, condition: int, unet: dict):
        super().__init__()
        self.time_width = 128
        self.time = nn.Sequential(nn.Linear(self.time_width, condition), nn.SiLU(), nn.Linear(condition, condition))
        self.unet = UNet(6, 3, condition=condition, **unet)

    def forward(self, x: Tensor, t: Tensor, low: Tensor) -> Tensor:
        return low + self.unet(torch.cat([x, low], dim=1), self.time(timestep_embedding(t, self.time_width)))

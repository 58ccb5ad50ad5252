"""The decoder: a U-Net conditioned on z_i (paper 2.1).

z_i is added to the time embedding and, projected to four extra tokens, joins the keys of the attention. Unlike the
paper, the U-Net also receives the low-resolution picture that CLIP's own head reconstructs from z_i
(models/clip/network.py), so it need not learn the layout from scales and shifts.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.clip.network import Rebuild
from models.diffusion.unet import UNet, timestep_embedding, zero_init


class Decoder(nn.Module):
    """x (n, 3, 64, 64) noised picture, t (n) timesteps, image_embedding (n, D) -> prediction (n, 3, 64, 64)."""

    mean: Tensor
    std: Tensor

    def __init__(self, dimensions: int, condition: int, tokens: int, memory: dict, unet: dict):
        super().__init__()
        self.tokens = tokens
        self.time_width = 128
        self.time = nn.Sequential(nn.Linear(self.time_width, condition), nn.SiLU(), nn.Linear(condition, condition))
        self.embedding = nn.Linear(dimensions, condition)
        self.context = nn.Linear(dimensions, tokens * condition)
        self.memory = Rebuild(dimensions, **memory)
        self.underpaint = nn.Conv2d(3, unet["channels"][0], 3, padding=1)
        zero_init(self.underpaint)
        # Stands in for z_i in the unconditional half of guidance.
        self.null = nn.Parameter(torch.zeros(dimensions))
        # Unit embeddings crowd round their mean; whitened, every direction speaks equally loud.
        self.register_buffer("mean", torch.zeros(dimensions))
        self.register_buffer("std", torch.ones(dimensions))
        self.unet = UNet(3, 3, condition=condition, context=condition, **unet)

    def forward(self, x: Tensor, t: Tensor, image_embedding: Tensor) -> Tensor:
        z = (image_embedding - self.mean) / self.std
        condition = self.time(timestep_embedding(t, self.time_width)) + self.embedding(z)
        side = x.shape[-1] // self.unet.patch
        remembered = F.interpolate(self.memory(image_embedding), (side, side), mode="bilinear")
        under = self.underpaint(remembered)
        return self.unet(x, condition, self.context(z).view(x.shape[0], self.tokens, -1), under)

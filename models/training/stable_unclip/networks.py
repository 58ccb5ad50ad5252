"""Wraps the classes of Stable unCLIP's decoder in the inputs and outputs of the engine."""

from typing import Any

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.embeddings import get_timestep_embedding
from torch import Tensor, nn
from transformers import CLIPTextModel


class DecoderText(nn.Module):
    """tokens (n, L) int32 -> embedding (n, W), the state at the end token, and states (n, L, W)."""

    def __init__(self, encoder: CLIPTextModel):
        super().__init__()
        self.encoder = encoder

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        encoded = self.encoder(tokens)
        return encoded.pooler_output, encoded.last_hidden_state


class Decoder(nn.Module):
    """x (n, 4, h, w) noised, t (n), z_i (n, D) with its mask and noise level, the caption's states -> v (n, 4, h, w).

    Without a picture (mask 0) the class label is zero, its half for the level too: so the network was trained.
    """

    def __init__(self, unet: UNet2DConditionModel):
        super().__init__()
        self.unet = unet
        unet.num_upsamplers = 0  # without the search for sizes that do not halve, which would fix the size

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        image_embedding: Tensor,
        image_mask: Tensor,
        noise_level: Tensor,
        text_states: Tensor,
    ) -> Tensor:
        level = get_timestep_embedding(
            noise_level, image_embedding.shape[1], flip_sin_to_cos=True, downscale_freq_shift=0
        )
        labels = torch.cat([image_embedding, level], dim=1) * image_mask[:, None]
        return self.unet(x, t, text_states, class_labels=labels).sample


class Encode(nn.Module):
    """image (n, 3, H, W) in [-1, 1] -> the mean of its latents (n, 4, h, w), not scaled."""

    def __init__(self, vae: Any):
        super().__init__()
        self.vae = vae

    def forward(self, image: Tensor) -> Tensor:
        return self.vae.encode(image).latent_dist.mean


class Decode(nn.Module):
    """latent (n, 4, h, w), not scaled -> image (n, 3, H, W)."""

    def __init__(self, vae: Any):
        super().__init__()
        self.vae = vae

    def forward(self, latent: Tensor) -> Tensor:
        return self.vae.decode(latent).sample

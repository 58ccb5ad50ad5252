"""Wraps diffusers' classes of Karlo's decoder and super-resolution in the inputs and outputs of the engine."""

import torch
from diffusers import UNet2DConditionModel, UNet2DModel
from diffusers.pipelines.deprecated.unclip import UnCLIPTextProjModel
from torch import Tensor, nn
from torch.nn import functional as F


class Decoder(nn.Module):
    """x (n, 3, S, S) noised, t (n), z_i (n, D), the caption -> noise and where its variance lies (n, 6, S, S)."""

    def __init__(self, unet: UNet2DConditionModel, projection: UnCLIPTextProjModel):
        super().__init__()
        self.unet, self.projection = unet, projection

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        image_embedding: Tensor,
        text_embedding: Tensor,
        text_states: Tensor,
        text_mask: Tensor,
    ) -> Tensor:
        context, added = self.projection(
            image_embeddings=image_embedding,
            prompt_embeds=text_embedding,
            text_encoder_hidden_states=text_states,
            do_classifier_free_guidance=False,  # the engine builds the pair: the null embedding is a normal input
        )
        mask = F.pad(text_mask, (self.projection.clip_extra_context_tokens, 0), value=1.0)
        return self.unet(x, t, context, class_labels=added, attention_mask=mask).sample


class SuperRes(nn.Module):
    """x (n, 3, S, S) noised, t (n), low (n, 3, S, S) the smaller picture enlarged to S -> noise (n, 3, S, S)."""

    def __init__(self, unet: UNet2DModel):
        super().__init__()
        self.unet = unet

    def forward(self, x: Tensor, t: Tensor, low: Tensor) -> Tensor:
        return self.unet(torch.cat([x, low], dim=1), t).sample

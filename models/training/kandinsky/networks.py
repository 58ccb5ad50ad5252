"""Wraps diffusers' classes of Kandinsky's decoder in the inputs and outputs of the engine."""

from typing import Any

from diffusers import UNet2DConditionModel, VQModel
from diffusers.models.attention_processor import SpatialNorm
from torch import Tensor, nn


class Decoder(nn.Module):
    """x (n, 4, h, w) noised, t (n), z_i (n, D) -> noise (n, 4, h, w).

    The network also predicts a variance, which its scheduler (fixed_small) does not use: those rows are left out.
    """

    def __init__(self, unet: UNet2DConditionModel):
        super().__init__()
        self.unet = unet
        unet.num_upsamplers = 0  # without the search for sizes that do not halve, which would fix the size
        last: Any = unet.conv_out
        channels = unet.config["in_channels"]
        unet.conv_out = nn.Conv2d(last.in_channels, channels, last.kernel_size, padding=last.padding)
        unet.conv_out.load_state_dict({name: value[:channels] for name, value in last.state_dict().items()})
        unet.requires_grad_(False)

    def forward(self, x: Tensor, t: Tensor, image_embedding: Tensor) -> Tensor:
        return self.unet(x, t, None, added_cond_kwargs={"image_embeds": image_embedding}).sample


class Encode(nn.Module):
    """image (n, 3, H, W) in [-1, 1] -> latent (n, 4, h, w), not quantised."""

    def __init__(self, movq: VQModel):
        super().__init__()
        self.movq = movq

    def forward(self, image: Tensor) -> Tensor:
        return self.movq.encode(image).latents


class Decode(nn.Module):
    """latent (n, 4, h, w) -> image (n, 3, H, W). The latent is not replaced by entries of the codebook."""

    def __init__(self, movq: VQModel):
        super().__init__()
        self.movq: Any = movq
        for module in list(movq.decoder.modules()):
            for name, child in module.named_children():
                if isinstance(child, SpatialNorm):
                    setattr(module, name, BroadcastSpatialNorm(child))

    def forward(self, latent: Tensor) -> Tensor:
        return self.movq.decode(latent, force_not_quantize=True).sample


class BroadcastSpatialNorm(nn.Module):
    """diffusers' SpatialNorm without upsampling: f (n, c, H, W), latent (n, 4, h, w) -> (n, c, H, W).

    Its scale and shift are convolutions of one pixel, which commute with upsampling. So they are computed at the
    latent's size and broadcast over squares of f. ONNX Runtime would compute all upsampled maps first and keep them.
    """

    def __init__(self, spatial: SpatialNorm):
        super().__init__()
        self.normalise, self.scale, self.shift = spatial.norm_layer, spatial.conv_y, spatial.conv_b

    def forward(self, f: Tensor, latent: Tensor) -> Tensor:
        side = f.shape[3] // latent.shape[3]
        squares = self.normalise(f).unflatten(3, (-1, side)).unflatten(2, (-1, side))  # (n, c, h, side, w, side)
        scale, shift = (each(latent)[:, :, :, None, :, None] for each in (self.scale, self.shift))
        return (squares * scale + shift).flatten(4).flatten(2, 3)

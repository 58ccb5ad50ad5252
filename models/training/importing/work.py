"""Counts parameters and multiplications of published networks at full size, from their shapes alone: no weights needed.

    python -m models.training.importing.work     prints a row for each network

functions/cli/import/families.ts takes its estimates from here. Passes with a timestep have both halves of guidance.
"""

from typing import Any

import torch
from diffusers import AutoencoderKL, VQModel
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models.training.importing import tiny as small
from models.training.kandinsky import tiny as kandinsky
from models.training.kandinsky.networks import Decode as MovqDecode
from models.training.karlo import tiny as karlo
from models.training.stable_unclip import tiny as stable
from models.training.stable_unclip.networks import Decode as VaeDecode

ROWS = 2
KARLO = {"block_out_channels": [320, 640, 960, 1280], "layers_per_block": 3, "norm_num_groups": 32}


def show(name: str, network: nn.Module, *given: object, **named: object) -> None:
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        network(*given, **named)
    parameters = sum(value.numel() for value in network.parameters())
    print(f"{name:24} {parameters:14,} parameters {counted.get_total_flops() / 2e9:8.0f} x 10^9 multiplications")


def show_prior(name: str, width: int) -> None:
    prior = small.prior(num_attention_heads=32, attention_head_dim=64, num_layers=20, embedding_dim=width)
    text = torch.zeros(ROWS, width), torch.zeros(ROWS, 77, width), torch.ones(ROWS, 77)
    show(name, prior, torch.zeros(ROWS, width), torch.zeros(ROWS), *text)


def latents(size: int, rows: int = ROWS) -> Tensor:
    return torch.zeros(rows, 4, size // 8, size // 8)


def movq() -> VQModel:
    return kandinsky.movq(block_out_channels=[128, 256, 256, 512], layers_per_block=2, num_vq_embeddings=16384)


def vae() -> AutoencoderKL:
    sizes: dict[str, Any] = {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (128, 256, 512, 512),
        "layers_per_block": 2,
        "latent_channels": 4,
    }
    return AutoencoderKL(**sizes)


def main() -> None:
    times = torch.zeros(ROWS)
    unet = kandinsky.unet(
        block_out_channels=[384, 768, 1152, 1536],
        layers_per_block=3,
        norm_num_groups=32,
        attention_head_dim=64,
        cross_attention_dim=768,
        encoder_hid_dim=1280,
    )
    show_prior("kandinsky prior", 1280)
    for size in (512, 768, 1024):
        seen = {"image_embeds": torch.zeros(ROWS, 1280)}
        show(f"kandinsky unet, {size} px", unet, latents(size), times, None, added_cond_kwargs=seen)
        show(f"kandinsky movq, {size} px", MovqDecode(movq()), latents(size, 1))
    unet = stable.unet(
        block_out_channels=(320, 640, 1280, 1280),
        layers_per_block=2,
        norm_num_groups=32,
        cross_attention_dim=1024,
        attention_head_dim=(5, 10, 20, 20),
        projection_class_embeddings_input_dim=2 * 768,
    )
    for size in (512, 768):
        labels = torch.zeros(ROWS, 2 * 768)
        show(
            f"stable unclip unet, {size} px",
            unet,
            latents(size),
            times,
            torch.zeros(ROWS, 77, 1024),
            class_labels=labels,
        )
        show(f"stable unclip vae, {size} px", VaeDecode(vae()), latents(size, 1))
    show_prior("karlo prior", 768)
    unet = karlo.decoder(**KARLO, attention_head_dim=64, cross_attention_dim=1536)
    context, added = torch.zeros(ROWS, 81, 1536), torch.zeros(ROWS, 1280)
    mask = torch.ones(ROWS, 81)
    show("karlo decoder", unet, torch.zeros(ROWS, 3, 64, 64), times, context, class_labels=added, attention_mask=mask)
    show("karlo super-resolution", karlo.super_res(**KARLO), torch.zeros(1, 6, 256, 256), torch.zeros(1))


if __name__ == "__main__":
    with torch.device("meta"):
        main()

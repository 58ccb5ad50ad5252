"""Counts parameters and multiplications of published networks at full size, from their shapes alone: no weights needed.

    python -m models.training.full_size.work     prints a row for each network

functions/cli/import/families.ts takes its estimates from here. Passes with a timestep have both halves of guidance.
"""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models.training.full_size import shapes
from models.training.importing import tiny as small
from models.training.importing.prior import prior_network
from models.training.importing.tiny import LENGTH
from models.training.kandinsky.networks import Decode as MovqDecode
from models.training.karlo import tiny as karlo
from models.training.stable_unclip.networks import Decode as VaeDecode

ROWS = 2


def show(name: str, network: nn.Module, *given: object, **named: object) -> None:
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        network(*given, **named)
    parameters = sum(value.numel() for value in network.parameters())
    print(f"{name:30} {parameters:14,} parameters {counted.get_total_flops() / 2e9:8.0f} x 10^9 multiplications")


def show_prior(name: str, width: int) -> None:
    network = prior_network(small.prior(**shapes.PRIOR, embedding_dim=width), width, LENGTH, width)
    *given, past = network.inputs.values()
    for step, tokens in {"first": 0, "other": LENGTH + 1}.items():
        show(f"{name}, {step} step", network.module, *given, torch.zeros(*past.shape[:3], tokens, past.shape[4]))


def latents(size: int, rows: int = ROWS) -> Tensor:
    return torch.zeros(rows, 4, size // 8, size // 8)


def main() -> None:
    times = torch.zeros(ROWS)
    unet = shapes.kandinsky_unet()
    show_prior("kandinsky prior", 1280)
    for size in (512, 768, 1024):
        seen = {"image_embeds": torch.zeros(ROWS, 1280)}
        show(f"kandinsky unet, {size} px", unet, latents(size), times, None, added_cond_kwargs=seen)
        show(f"kandinsky movq, {size} px", MovqDecode(shapes.movq()), latents(size, 1))
    unet = shapes.stable_unet(768)
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
        show(f"stable unclip vae, {size} px", VaeDecode(shapes.vae()), latents(size, 1))
    show_prior("karlo prior", 768)
    unet = shapes.karlo_unet()
    context, added = torch.zeros(ROWS, 81, 1536), torch.zeros(ROWS, 1280)
    mask = torch.ones(ROWS, 81)
    show("karlo decoder", unet, torch.zeros(ROWS, 3, 64, 64), times, context, class_labels=added, attention_mask=mask)
    show("karlo super-resolution", karlo.super_res(**shapes.KARLO_UNET), torch.zeros(1, 6, 256, 256), torch.zeros(1))


if __name__ == "__main__":
    with torch.device("meta"):
        main()

"""A linear approximation of an autoencoder's decode network, for previews (`preview` of `latent` in bundle.json)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

COUNT, SIDE = 24, 12  # latents to fit on, and their side


@torch.no_grad()
def fit_preview(decode: nn.Module, entries: Tensor, *, factor: int, scale: float = 1.0) -> dict:
    """Least squares from latents to the mean colours of their patches.

    decode: latent (n, C, h, w) -> image (n, 3, h factor, w factor). entries: typical latents (k, C), of which patches
    of 4 x 4 are made. scale: the decoder denoises this multiple of the latent.
    """
    generator = torch.Generator().manual_seed(0)
    patches = SIDE // 4
    picked = torch.randint(len(entries), (COUNT, patches, patches), generator=generator)
    latents = entries[picked].permute(0, 3, 1, 2).repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
    channels = latents.shape[1]
    colours = torch.cat([F.avg_pool2d(decode(latent[None]).clamp(-1, 1), factor) for latent in latents])
    given = (scale * latents).permute(0, 2, 3, 1).reshape(-1, channels)
    wanted = colours.permute(0, 2, 3, 1).reshape(-1, 3)
    with_bias = torch.cat([given, torch.ones(len(given), 1)], dim=1)
    solved = torch.linalg.lstsq(with_bias.double(), wanted.double()).solution.T
    return {"weight": rounded(solved[:, :channels]), "bias": rounded(solved[:, channels])}


def rounded(values: Tensor) -> list:
    """As numbers with four decimals, the same on every machine."""
    return (values * 1e4).round().div(1e4).tolist()

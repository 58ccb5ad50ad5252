"""Fits the decoder's memory in closed form: principal components of the icons, and the moments of their z_i."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.decoder.memory import BARRED, IconMemory
from models.decoder.recolour import COLOURS, palette
from models.training.data.icons import SINGLE
from models.training.image_bank import FOLDER, ImageBank

COMPONENTS = 2048  # 34.0 dB of the icons' premultiplied RGBA; 1,024: 27.8 dB; no more than MOST
MOST = 2048  # components that are kept on disk
RECOLOURED = 5000  # scenes whose codes are averaged
NOISE = 0.25  # of the prior's z_i, in deviations of each dimension


def fitted(bank: ImageBank, components: int = COMPONENTS, noise: float = NOISE) -> IconMemory:
    """The memory of all icons that training may see. noise: of what tells icons apart."""
    icons = bank.context.icons
    basis = principal_components(bank, components)
    icon = icon_keys(bank, noise)
    white = bank.space.bare(bank.white_singles[bank.allowed])  # (icons, backgrounds, D)
    memory = IconMemory(icon.keys.shape[1], len(bank.allowed), components, white.shape[1], SINGLE, len(COLOURS))
    memory.metric.copy_(icon.metric)
    memory.keys.copy_(icon.keys.T)
    coarse = memory.coarse
    memory.mean.copy_(basis["mean"])
    memory.values.copy_(basis["values"])
    memory.components.copy_(basis["components"][:coarse])
    memory.fine_components.copy_(basis["components"][coarse:])
    memory.colours.copy_(icons.backgrounds / 127.5 - 1)
    fit_background(memory, white, NOISE)
    fit_recolours(memory, bank, NOISE)
    return memory.eval()


@dataclass
class IconKeys:
    """metric (D, D): in it z_i of an icon, without its colour (embedding_space.py), spreads evenly about its mean; keys
    (n, D): the training icons' means in it; place: of each icon among them, -1 for one that training may not see."""

    metric: Tensor
    keys: Tensor
    place: np.ndarray

    def logits(self, white: Tensor) -> Tensor:
        """Of the training icons (n, icons), by all of whitened z_i (n, D) but the colour."""
        return white @ self.metric @ self.keys.T - self.keys.square().sum(dim=1) / 2

    def loss(self, white: Tensor, icon: np.ndarray, temperature: float) -> Tensor:
        """Cross entropy of the icons (n), in fp32."""
        with torch.autocast(white.device.type, enabled=False):
            place = torch.from_numpy(self.place[icon]).to(white.device)
            return F.cross_entropy(self.logits(white.float()) / temperature, place)


def icon_keys(bank: ImageBank, noise: float = NOISE) -> IconKeys:
    white = bank.space.bare(bank.white_singles[bank.allowed])
    means = white.mean(dim=1)
    within = covariance((white - means[:, None]).flatten(0, 1)) + noise**2 * torch.eye(
        means.shape[1], device=white.device
    )
    metric = bank.space.bare(torch.linalg.cholesky(torch.linalg.inv(within)).T).T
    place = np.full(bank.context.icons.count, -1)
    place[bank.context.sampler.allowed] = np.arange(len(means))
    return IconKeys(metric, means @ metric, place)


def fit_recolours(memory: IconMemory, bank: ImageBank, noise: float) -> None:
    """What the memory holds of colours: codes of the icons' own and of all others, and the part that is recoloured."""
    parts, directions = bank.context.sampler.parts, bank.space.directions / noise
    allowed = bank.context.sampler.allowed
    memory.code.copy_(directions)
    memory.own_codes.copy_((bank.white_singles[bank.allowed].mean(dim=1) @ directions).T)
    painted = bank.context.sampler.recoloured(np.random.default_rng(0), RECOLOURED)
    codes = bank.whiten(bank.alone(painted)) @ directions
    colour = F.one_hot(torch.from_numpy(painted.colour), len(COLOURS)).float().to(codes.device)
    memory.other_codes.copy_((colour.T @ codes / colour.sum(dim=0)[:, None]).T)
    memory.barred.copy_(torch.from_numpy(~parts.targets[allowed]) * BARRED)
    memory.tint.copy_(parts.tint[allowed])
    memory.palette.copy_(palette())


def fit_background(memory: IconMemory, white: Tensor, noise: float) -> None:
    """Linear discriminant analysis of the background; white (icons, backgrounds, D)."""
    means = white.mean(dim=0)  # (backgrounds, D)
    within = covariance((white - means).flatten(0, 1)) + noise**2 * torch.eye(means.shape[1], device=white.device)
    directions = torch.linalg.solve(within, means.T)  # (D, backgrounds)
    memory.ground[:-1] = directions
    memory.ground[-1] = -(means.T * directions).sum(dim=0) / 2


def covariance(centred: Tensor) -> Tensor:
    """(n, D) -> (D, D)"""
    return centred.T @ centred / len(centred)


def principal_components(bank: ImageBank, components: int) -> dict[str, Tensor]:
    """Of the icons' premultiplied RGBA at SINGLE px: `components` (K, P), `mean` (P), `values` (icons, K). Kept on
    disk."""
    icons = bank.context.icons
    path = FOLDER / f"components-{icons.digest[:12]}.pt"
    if not path.exists():
        pixels = (icons.table(SINGLE)[bank.allowed].float() / 255).flatten(1).to(bank.context.device)
        mean = pixels.mean(dim=0)
        pixels -= mean
        variances, vectors = torch.linalg.eigh(
            pixels @ pixels.T
        )  # fewer icons than pixels: the small Gram matrix will do
        variances, vectors = variances.flip(0)[:MOST], vectors.flip(1)[:, :MOST]
        deviations = variances.clamp_min(1e-6).sqrt()
        directions = (pixels.T @ vectors / deviations).T.contiguous()
        found = {"components": directions, "mean": mean, "values": vectors * deviations}
        torch.save({name: value.cpu() for name, value in found.items()}, path)
    found = torch.load(path, map_location=bank.context.device, weights_only=True)
    return {
        "components": found["components"][:components],
        "mean": found["mean"],
        "values": found["values"][:, :components],
    }

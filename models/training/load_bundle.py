"""Builds the networks of a bundle from its training record, and loads their weights to continue training."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from models.clip.network import Clip
from models.decoder.network import Decoder
from models.prior.autoregressive_prior import AutoregressivePrior
from models.prior.diffusion_prior import DiffusionPrior
from models.training.bundle import Parts, networks
from models.training.onnx_weights import recovered
from models.training.pca import Pca
from models.upsampler.network import Upsampler

UPSAMPLERS = ("upsampler-256", "upsampler-1024")
GRAPHS = {
    "clip": ("text", "image"),
    "diffusion-prior": ("diffusion",),
    "autoregressive-prior": ("autoregressive",),
    "decoder": ("decoder",),
    **{name: (name,) for name in UPSAMPLERS},
}
# CLIP's layers into which the exporter folds the batch norms behind them.
CENTRED = {"text.project.weight": "centre_text", "image.tower.11.weight": "centre_image"}


@dataclass
class Statistics:
    """What belongs to the weights without being trained: moments and PCA of z_i."""

    mean: Tensor  # (D)
    std: Tensor  # (D)
    pca: Pca


def build(configs: dict[str, dict], statistics: Statistics) -> Parts:
    """Every network with fresh weights, from the configuration of each stage."""
    text, dimensions = configs["clip"]["text"], configs["clip"]["dimensions"]
    shapes = {"dimensions": dimensions, "states": text["width"], "length": text["length"]}
    return Parts(
        clip=Clip(configs["clip"]),
        diffusion_prior=DiffusionPrior(**shapes, **configs["diffusion-prior"]["network"]),
        autoregressive_prior=AutoregressivePrior(**shapes, **configs["autoregressive-prior"]["network"]),
        decoder=Decoder(dimensions, **configs["decoder"]["network"]),
        upsamplers=[Upsampler(**configs[name]["network"]) for name in UPSAMPLERS],
        upsampler_schedules=[configs[name]["schedule"] for name in UPSAMPLERS],
        mean=statistics.mean,
        std=statistics.std,
        pca=statistics.pca,
        length=text["length"],
    )


def initial(stage: str, folder: Path) -> tuple[dict[str, Tensor], dict]:
    """The parameters of one stage of a bundle, by the names of its module, and the training record of the stage."""
    if stage == "text-decoder":
        return comparable(folder)
    if stage not in GRAPHS:
        raise SystemExit(f"{stage} is no part of a bundle: it cannot begin from {folder}")
    description = json.loads((folder / "bundle.json").read_text())
    tensors = load_file(folder / "tensors.safetensors")
    records = description["training"]["stages"]
    configs = {name: record["config"] for name, record in records.items()}
    graphs = networks(build(configs, statistics(description, tensors)))
    found: dict[str, Tensor] = {}
    for graph in GRAPHS[stage]:
        found |= recovered(graphs[graph], folder)
    if stage == "clip":
        found = {name.removeprefix("clip."): value for name, value in found.items()}
        for weight, norm in CENTRED.items():
            # The exporter folded scale and mean into the layer. A norm that only subtracts the bias restores the mean.
            bias = found.pop(f"{weight}_bias")
            found |= {f"{norm}.running_mean": -bias, f"{norm}.running_var": torch.ones_like(bias)}
        found["log_scale"] = torch.tensor(math.log(description["clip"]["logitScale"]))
    if stage == "decoder":
        found["null"] = tensors["decoder.null"]
    return found, records[stage]


def comparable(folder: Path) -> tuple[dict[str, Tensor], dict]:
    """Initial weights of the text decoder: the decoder's U-Net and the caption encoder of the diffusion prior."""
    (drawn, record), (read, _) = initial("decoder", folder), initial("diffusion-prior", folder)
    found = {name: value for name, value in drawn.items() if name.startswith(("unet.", "time."))}
    for name, value in read.items():
        if name.startswith("text."):
            found[f"states.{name.removeprefix('text.')}"] = value
        if name.startswith(("transformer.blocks.", "transformer.norm.")):
            found[f"reader.{name.removeprefix('transformer.')}"] = value
    # Behind the caption's places are those of z_t, timestep, noised z_i and query.
    found["reader.position"] = read["transformer.position"][:-4]
    return found, record


def statistics(description: dict, tensors: dict[str, Tensor]) -> Statistics:
    prior = description["prior"]["autoregressive"]
    pca = Pca(
        tensors["pca.mean"],
        tensors["pca.basis"],
        tensors["ar.low"],
        tensors["ar.high"],
        prior["coefficients"],
        prior["buckets"],
        prior["dotBuckets"],
        tensors["ar.dot_quantiles"],
    )
    return Statistics(tensors["clip.mean"], tensors["clip.std"], pca)

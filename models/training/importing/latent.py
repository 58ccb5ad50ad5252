"""Graphs of a latent diffusion, whose height and width are free."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from models.training.importing.graphs import Loader
from models.training.importing.memory import LATENT, PICTURE
from models.training.importing.networks import normal
from models.training.onnx_export import Network

# Of the example latents: unlike, and above 1 at the deepest blocks, where the exporter would fix a size.
SIDES = (16, 24)


def decoder_network(decoder: nn.Module, channels: int, given: dict[str, Tensor]) -> Network:
    """given: examples of the inputs besides the latents."""
    axes = {"x": LATENT, "prediction": LATENT}
    return Network("decoder.onnx", decoder, {"x": normal(channels, *SIDES), **given}, ["prediction"], axes=axes)


def codec_loaders(
    load: Callable[[], Any], decode: type[nn.Module], encode: type[nn.Module], channels: int, factor: int
) -> dict[str, Loader]:
    """Both directions of the autoencoder by name.

    load: reads it. decode, encode: wrap it. factor: pixels of the picture for each number of the latent.
    """
    axes = {"latent": LATENT, "image": PICTURE}
    latent, picture = normal(channels, *SIDES), normal(3, *(side * factor for side in SIDES))
    return {
        "decode": lambda: (Network("decode.onnx", decode(load()), {"latent": latent}, ["image"], axes=axes), {}),
        "encode": lambda: (Network("encode.onnx", encode(load()), {"image": picture}, ["latent"], axes=axes), {}),
    }

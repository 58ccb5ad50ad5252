"""Graphs of a latent diffusion, whose height and width are free."""

from collections.abc import Iterator

from torch import Tensor, nn

from models.training.importing.memory import LATENT, PICTURE
from models.training.importing.networks import normal
from models.training.onnx_export import Network

# Of the example latents: unlike, and above 1 at the deepest blocks, where the exporter would fix a size.
SIDES = (16, 24)


def decoder_network(decoder: nn.Module, channels: int, given: dict[str, Tensor]) -> Network:
    """given: examples of the inputs besides the latents."""
    axes = {"x": LATENT, "prediction": LATENT}
    return Network("decoder.onnx", decoder, {"x": normal(channels, *SIDES), **given}, ["prediction"], axes=axes)


def codec_networks(
    decode: nn.Module, encode: nn.Module, channels: int, factor: int
) -> Iterator[tuple[str, Network, dict[str, Tensor]]]:
    """Both directions of the autoencoder by name. factor: pixels of the picture for each number of the latent."""
    axes = {"latent": LATENT, "image": PICTURE}
    latent, picture = normal(channels, *SIDES), normal(3, *(side * factor for side in SIDES))
    yield "decode", Network("decode.onnx", decode, {"latent": latent}, ["image"], axes=axes), {}
    yield "encode", Network("encode.onnx", encode, {"image": picture}, ["latent"], axes=axes), {}

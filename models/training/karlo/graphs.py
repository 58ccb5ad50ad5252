"""Karlo's networks, one in memory at a time."""

from collections.abc import Iterator

from diffusers import UNet2DModel
from torch import Tensor

from models.training.importing.folder import Folder
from models.training.importing.graphs import whitening
from models.training.importing.networks import (
    example_caption,
    image_network,
    normal,
    prior_network,
    text_network,
    times,
)
from models.training.karlo.networks import Decoder, SuperRes
from models.training.karlo.plan import Sizes
from models.training.onnx_export import Network


def decoder_network(decoder: Decoder, sizes: Sizes) -> Network:
    given = {
        "x": normal(3, sizes.small, sizes.small),
        "t": times(),
        "image_embedding": normal(sizes.dimensions),
        **example_caption(sizes.dimensions, sizes.length, sizes.width),
    }
    return Network("decoder.onnx", decoder, given, ["prediction"])


def super_res_network(unet: UNet2DModel, sizes: Sizes, suffix: str = "") -> Network:
    x = normal(3, sizes.large, sizes.large)
    given = {"x": x, "t": times(), "low": x.clamp(-1, 1)}
    return Network(f"upsampler-{sizes.large}{suffix}.onnx", SuperRes(unet), given, ["prediction"])


def networks(text: Folder, images: Folder, sizes: Sizes) -> Iterator[tuple[str, Network, dict[str, Tensor]]]:
    """Every graph by name, loaded lazily, with the other tensors of its folder."""
    yield "text", text_network(text.network("text_encoder"), sizes.vocabulary, sizes.length), {}
    yield "image", image_network(images.network("image_encoder"), sizes.seen), {}
    prior = text.network("prior")
    statistics = whitening(text, prior.clip_mean, prior.clip_std)
    yield "prior", prior_network(prior, sizes.dimensions, sizes.length, sizes.width), statistics
    del prior
    projection = text.network("text_proj")
    null = projection.learned_classifier_free_guidance_embeddings.detach().clone()
    decoder = Decoder(text.network("decoder"), projection)
    yield "decoder", decoder_network(decoder, sizes), {"decoder.null": null}
    del decoder
    for part, suffix in (("super_res_first", ""), ("super_res_last", "-last")):
        yield part, super_res_network(text.network(part), sizes, suffix), {}

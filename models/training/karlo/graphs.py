"""Karlo's networks, each loaded when it is exported."""

from diffusers import UNet2DModel
from torch import Tensor

from models.training.importing.folder import Folder
from models.training.importing.graphs import Loader, whitening
from models.training.importing.networks import example_caption, image_network, normal, text_network, times
from models.training.importing.prior import prior_network
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


def loaders(text: Folder, images: Folder, sizes: Sizes) -> dict[str, Loader]:
    """Every graph by name, with the other tensors of its folder."""

    def prior() -> tuple[Network, dict[str, Tensor]]:
        network = text.network("prior")
        statistics = whitening(text, network.clip_mean, network.clip_std)
        return prior_network(network, sizes.dimensions, sizes.length, sizes.width), statistics

    def decoder() -> tuple[Network, dict[str, Tensor]]:
        projection = text.network("text_proj")
        null = projection.learned_classifier_free_guidance_embeddings.detach().clone()
        return decoder_network(Decoder(text.network("decoder"), projection), sizes), {"decoder.null": null}

    return {
        "text": lambda: (text_network(text.network("text_encoder"), sizes.vocabulary, sizes.length), {}),
        "image": lambda: (image_network(images.network("image_encoder"), sizes.seen), {}),
        "prior": prior,
        "decoder": decoder,
        "super_res_first": lambda: (super_res_network(text.network("super_res_first"), sizes), {}),
        "super_res_last": lambda: (super_res_network(text.network("super_res_last"), sizes, "-last"), {}),
    }

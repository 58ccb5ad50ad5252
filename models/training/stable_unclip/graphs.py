"""Stable unCLIP's networks, one in memory at a time."""

from collections.abc import Iterator

import torch
from torch import Tensor

from models.training.importing.folder import Folder, Refused
from models.training.importing.graphs import whitening
from models.training.importing.memory import LATENT, PICTURE
from models.training.importing.networks import (
    ImageTower,
    Prior,
    TextTower,
    example_caption,
    example_tokens,
    normal,
    times,
)
from models.training.importing.preview import fit_preview
from models.training.onnx_export import Network
from models.training.stable_unclip.networks import Decode, Decoder, DecoderText, Encode
from models.training.stable_unclip.plan import Plan

# Of the example latents: unlike, and above 1 at the deepest blocks, where the exporter would fix a size.
SIDES = (16, 24)
STATES = ["embedding", "states"]


@torch.no_grad()
def networks(folder: Folder, prior: Folder | None, plan: Plan) -> Iterator[tuple[str, Network, dict[str, Tensor]]]:
    """Every graph by name, loaded lazily, with the other tensors of its folder."""
    normalizer = folder.network("image_normalizer")
    statistics = {"clip.mean": normalizer.mean[0].detach().clone(), "clip.std": normalizer.std[0].detach().clone()}
    if prior is not None and plan.prior_text is not None:
        words = plan.prior_text
        length = words.tokenizer["contextLength"]
        tokens = {"tokens": example_tokens(words.vocabulary, length)}
        yield "text", Network("clip-text.onnx", TextTower(prior.network("text_encoder")), tokens, STATES), {}
        network = prior.network("prior")
        check_statistics(folder, statistics, whitening(prior, network.clip_mean, network.clip_std))
        given = {"x": normal(plan.dimensions), "t": times(), **example_caption(plan.dimensions, length, words.width)}
        yield "prior", Network("prior.onnx", Prior(network), given, ["prediction"]), {}
        del network
    seen, length = plan.image["size"], plan.decoder_text.tokenizer["contextLength"]
    image = ImageTower(folder.network("image_encoder"))
    yield "image", Network("clip-image.onnx", image, {"image": normal(3, seen, seen)}, ["embedding"]), statistics
    del image
    tokens = {"tokens": example_tokens(plan.decoder_text.vocabulary, length)}
    text = DecoderText(folder.network("text_encoder"))
    yield "decoder_text", Network("decoder-text.onnx", text, tokens, STATES), {}
    del text
    unet, x = Decoder(folder.network("unet")), normal(4, *SIDES)
    given = {
        "x": x,
        "t": times(),
        "image_embedding": normal(plan.dimensions),
        "image_mask": torch.tensor([1.0, 0.0]),
        "noise_level": torch.tensor([250.0, 0.0]),
        "text_states": normal(length, plan.decoder_text.width),
    }
    yield "decoder", Network("decoder.onnx", unet, given, ["prediction"], axes={"x": LATENT, "prediction": LATENT}), {}
    del unet
    vae = folder.network("vae")
    axes = {"latent": LATENT, "image": PICTURE}
    size = [side * plan.factor for side in SIDES]
    yield "decode", Network("decode.onnx", Decode(vae), {"latent": x}, ["image"], axes=axes), {}
    yield "encode", Network("encode.onnx", Encode(vae), {"image": normal(3, *size)}, ["latent"], axes=axes), {}


def check_statistics(folder: Folder, ours: dict[str, Tensor], priors: dict[str, Tensor]) -> None:
    """Raises Refused unless decoder and prior whiten embeddings alike: then they are not of one CLIP."""
    for name, value in ours.items():
        if not torch.allclose(value, priors[name], rtol=0.01, atol=0.01):
            file = folder.weights_file("image_normalizer")
            raise Refused(f"{file}: its {name.removeprefix('clip.')} is not that of the prior: not of one CLIP")


def latent_form(folder: Folder, plan: Plan) -> dict:
    """`latent` in bundle.json, without its networks."""
    vae = folder.network("vae")
    scale = vae.config["scaling_factor"]
    entries = torch.randn(64, 4, generator=torch.Generator().manual_seed(0)) / scale
    return {
        "channels": 4,
        "factor": plan.factor,
        "scalingFactor": scale,
        "range": 4.0,  # scaled latents are nearly standard normal
        "preview": fit_preview(Decode(vae), entries, factor=plan.factor, scale=scale),
    }

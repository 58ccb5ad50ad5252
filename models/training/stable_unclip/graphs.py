"""Stable unCLIP's networks, one in memory at a time."""

from collections.abc import Iterator

import torch
from torch import Tensor

from models.training.importing.folder import Folder, Refused
from models.training.importing.graphs import whitening
from models.training.importing.latent import codec_networks, decoder_network
from models.training.importing.networks import (
    TEXT_OUTPUTS,
    example_tokens,
    image_network,
    normal,
    prior_network,
    text_network,
    times,
)
from models.training.importing.preview import fit_preview
from models.training.onnx_export import Network
from models.training.stable_unclip.networks import Decode, Decoder, DecoderText, Encode
from models.training.stable_unclip.plan import Plan

CHANNELS = 4  # of a latent


@torch.no_grad()
def networks(folder: Folder, prior: Folder | None, plan: Plan) -> Iterator[tuple[str, Network, dict[str, Tensor]]]:
    """Every graph by name, loaded lazily, with the other tensors of its folder."""
    normalizer = folder.network("image_normalizer")
    statistics = {"clip.mean": normalizer.mean[0].detach().clone(), "clip.std": normalizer.std[0].detach().clone()}
    if prior is not None and plan.prior_text is not None:
        words = plan.prior_text
        length = words.tokenizer["contextLength"]
        yield "text", text_network(prior.network("text_encoder"), words.vocabulary, length), {}
        network = prior.network("prior")
        check_statistics(folder, statistics, whitening(prior, network.clip_mean, network.clip_std))
        yield "prior", prior_network(network, plan.dimensions, length, words.width), {}
        del network
    yield "image", image_network(folder.network("image_encoder"), plan.image["size"]), statistics
    length = plan.decoder_text.tokenizer["contextLength"]
    tokens = {"tokens": example_tokens(plan.decoder_text.vocabulary, length)}
    text = DecoderText(folder.network("text_encoder"))
    yield "decoder_text", Network("decoder-text.onnx", text, tokens, TEXT_OUTPUTS), {}
    del text
    given = {
        "t": times(),
        "image_embedding": normal(plan.dimensions),
        "image_mask": torch.tensor([1.0, 0.0]),
        "noise_level": torch.tensor([250.0, 0.0]),
        "text_states": normal(length, plan.decoder_text.width),
    }
    yield "decoder", decoder_network(Decoder(folder.network("unet")), CHANNELS, given), {}
    vae = folder.network("vae")
    yield from codec_networks(Decode(vae), Encode(vae), CHANNELS, plan.factor)


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
    entries = torch.randn(64, CHANNELS, generator=torch.Generator().manual_seed(0)) / scale
    return {
        "channels": CHANNELS,
        "factor": plan.factor,
        "scalingFactor": scale,
        "range": 4.0,  # scaled latents are nearly standard normal
        "preview": fit_preview(Decode(vae), entries, factor=plan.factor, scale=scale),
    }

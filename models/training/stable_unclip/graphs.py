"""Stable unCLIP's networks, each loaded when it is exported."""

import torch
from torch import Tensor

from models.training.importing.folder import Folder, Refused
from models.training.importing.graphs import Loader, whitening
from models.training.importing.latent import codec_loaders, decoder_network
from models.training.importing.networks import (
    TEXT_OUTPUTS,
    example_tokens,
    image_network,
    normal,
    text_network,
    times,
)
from models.training.importing.preview import fit_preview
from models.training.importing.prior import prior_network
from models.training.onnx_export import Network
from models.training.stable_unclip.networks import Decode, Decoder, DecoderText, Encode
from models.training.stable_unclip.plan import Plan

CHANNELS = 4  # of a latent


def loaders(folder: Folder, prior: Folder | None, plan: Plan) -> dict[str, Loader]:
    """Every graph by name, with the other tensors of its folder."""
    normalizer = folder.network("image_normalizer")
    statistics = {"clip.mean": normalizer.mean[0].detach().clone(), "clip.std": normalizer.std[0].detach().clone()}
    words = plan.decoder_text
    length = words.tokenizer["contextLength"]
    tokens = {"tokens": example_tokens(words.vocabulary, length)}
    given = {
        "t": times(),
        "image_embedding": normal(plan.dimensions),
        "image_mask": torch.tensor([1.0, 0.0]),
        "noise_level": torch.tensor([250.0, 0.0]),
        "text_states": normal(length, words.width),
    }

    def decoder_text() -> tuple[Network, dict[str, Tensor]]:
        return Network("decoder-text.onnx", DecoderText(folder.network("text_encoder")), tokens, TEXT_OUTPUTS), {}

    return {
        **({} if prior is None else prior_loaders(folder, prior, plan, statistics)),
        "image": lambda: (image_network(folder.network("image_encoder"), plan.image["size"]), statistics),
        "decoder_text": decoder_text,
        "decoder": lambda: (decoder_network(Decoder(folder.network("unet")), CHANNELS, given), {}),
        **codec_loaders(lambda: folder.network("vae"), Decode, Encode, CHANNELS, plan.factor),
    }


def prior_loaders(folder: Folder, prior: Folder, plan: Plan, statistics: dict[str, Tensor]) -> dict[str, Loader]:
    """The prior and the text encoder that it reads captions with."""
    words = plan.prior_text
    assert words is not None
    length = words.tokenizer["contextLength"]

    def sampler() -> tuple[Network, dict[str, Tensor]]:
        network = prior.network("prior")
        check_statistics(folder, statistics, whitening(prior, network.clip_mean, network.clip_std))
        return prior_network(network, plan.dimensions, length, words.width), {}

    return {
        "text": lambda: (text_network(prior.network("text_encoder"), words.vocabulary, length), {}),
        "prior": sampler,
    }


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

"""Kandinsky's networks, each loaded when it is exported."""

import torch
from torch import Tensor

from models.training.importing.folder import Folder
from models.training.importing.graphs import Loader, whitening
from models.training.importing.latent import codec_loaders, decoder_network
from models.training.importing.networks import image_network, normal, text_network, times
from models.training.importing.preview import fit_preview
from models.training.importing.prior import prior_network
from models.training.kandinsky.networks import Decode, Decoder, Encode
from models.training.kandinsky.plan import Plan
from models.training.onnx_export import Network


def loaders(prior: Folder, decoder: Folder, plan: Plan) -> dict[str, Loader]:
    """Every graph by name, with the other tensors of its folder."""
    length, seen = plan.tokenizer["contextLength"], plan.image["size"]
    channels = decoder.config("unet")["in_channels"]

    @torch.no_grad()
    def image() -> tuple[Network, dict[str, Tensor]]:
        network = image_network(prior.network("image_encoder"), seen)
        # What stands for no picture: zeros after normalisation, a picture of CLIP's mean colour.
        return network, {"decoder.null": network.module(torch.zeros(1, 3, seen, seen))[0].clone()}

    def sampler() -> tuple[Network, dict[str, Tensor]]:
        network = prior.network("prior")
        statistics = whitening(prior, network.clip_mean, network.clip_std)
        return prior_network(network, plan.dimensions, length, plan.width), statistics

    given = {"t": times(), "image_embedding": normal(plan.dimensions)}
    return {
        "text": lambda: (text_network(prior.network("text_encoder"), plan.vocabulary, length), {}),
        "image": image,
        "prior": sampler,
        "decoder": lambda: (decoder_network(Decoder(decoder.network("unet")), channels, given), {}),
        **codec_loaders(lambda: decoder.network("movq"), Decode, Encode, channels, plan.factor),
    }


def latent_form(decoder: Folder, plan: Plan) -> dict:
    """`latent` in bundle.json, without its networks. The codebook says how large latents are."""
    movq = decoder.network("movq")
    entries = movq.quantize.embedding.weight.detach()
    return {
        "channels": entries.shape[1],
        "factor": plan.factor,
        "scalingFactor": 1.0,  # the folder's scaling_factor is of another use of the class
        "range": round(entries.abs().max().item(), 3),
        "preview": fit_preview(Decode(movq), entries, factor=plan.factor),
    }

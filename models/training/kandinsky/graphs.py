"""Kandinsky's networks, one in memory at a time."""

from collections.abc import Iterator

import torch
from torch import Tensor

from models.training.importing.folder import Folder
from models.training.importing.graphs import whitening
from models.training.importing.latent import codec_networks, decoder_network
from models.training.importing.networks import image_network, normal, prior_network, text_network, times
from models.training.importing.preview import fit_preview
from models.training.kandinsky.networks import Decode, Decoder, Encode
from models.training.kandinsky.plan import Plan
from models.training.onnx_export import Network


@torch.no_grad()
def networks(prior: Folder, decoder: Folder, plan: Plan) -> Iterator[tuple[str, Network, dict[str, Tensor]]]:
    """Every graph by name, loaded lazily, with the other tensors of its folder."""
    length, seen = plan.tokenizer["contextLength"], plan.image["size"]
    yield "text", text_network(prior.network("text_encoder"), plan.vocabulary, length), {}
    image = image_network(prior.network("image_encoder"), seen)
    # What stands for no picture: zeros after normalisation, a picture of CLIP's mean colour.
    null = {"decoder.null": image.module(torch.zeros(1, 3, seen, seen))[0].clone()}
    yield "image", image, null
    del image
    network = prior.network("prior")
    statistics = whitening(prior, network.clip_mean, network.clip_std)
    yield "prior", prior_network(network, plan.dimensions, length, plan.width), statistics
    del network
    channels = decoder.config("unet")["in_channels"]
    given = {"t": times(), "image_embedding": normal(plan.dimensions)}
    yield "decoder", decoder_network(Decoder(decoder.network("unet")), channels, given), {}
    movq = decoder.network("movq")
    yield from codec_networks(Decode(movq), Encode(movq), channels, plan.factor)


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

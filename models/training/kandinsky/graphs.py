"""Kandinsky's networks, one in memory at a time."""

from collections.abc import Iterator

import torch
from torch import Tensor

from models.training.importing.folder import Folder
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
from models.training.kandinsky.networks import Decode, Decoder, Encode
from models.training.kandinsky.plan import Plan
from models.training.onnx_export import Network

# Of the example latents: unlike, and above 1 at the deepest blocks, where the exporter would fix a size.
SIDES = (16, 24)


@torch.no_grad()
def networks(prior: Folder, decoder: Folder, plan: Plan) -> Iterator[tuple[str, Network, dict[str, Tensor]]]:
    """Every graph by name, loaded lazily, with the other tensors of its folder."""
    length, seen = plan.tokenizer["contextLength"], plan.image["size"]
    text = TextTower(prior.network("text_encoder"))
    yield (
        "text",
        Network("clip-text.onnx", text, {"tokens": example_tokens(plan.vocabulary, length)}, ["embedding", "states"]),
        {},
    )
    del text
    image = ImageTower(prior.network("image_encoder"))
    # What stands for no picture: zeros after normalisation, a picture of CLIP's mean colour.
    null = {"decoder.null": image(torch.zeros(1, 3, seen, seen))[0].clone()}
    yield "image", Network("clip-image.onnx", image, {"image": normal(3, seen, seen)}, ["embedding"]), null
    del image
    network = prior.network("prior")
    statistics = whitening(prior, network.clip_mean, network.clip_std)
    given = {"x": normal(plan.dimensions), "t": times(), **example_caption(plan.dimensions, length, plan.width)}
    yield "prior", Network("prior.onnx", Prior(network), given, ["prediction"]), statistics
    del network
    channels = decoder.config("unet")["in_channels"]
    x, image_size = normal(channels, *SIDES), [side * plan.factor for side in SIDES]
    unet = Decoder(decoder.network("unet"))
    given = {"x": x, "t": times(), "image_embedding": normal(plan.dimensions)}
    yield "decoder", Network("decoder.onnx", unet, given, ["prediction"], axes={"x": LATENT, "prediction": LATENT}), {}
    del unet
    movq = decoder.network("movq")
    axes = {"latent": LATENT, "image": PICTURE}
    yield "decode", Network("decode.onnx", Decode(movq), {"latent": x}, ["image"], axes=axes), {}
    yield "encode", Network("encode.onnx", Encode(movq), {"image": normal(3, *image_size)}, ["latent"], axes=axes), {}


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

"""Karlo's networks, one in memory at a time."""

from collections.abc import Iterator

from torch import Tensor

from models.training.importing.folder import Folder
from models.training.importing.graphs import whitening
from models.training.importing.networks import (
    ImageTower,
    Prior,
    TextTower,
    example_caption,
    example_tokens,
    normal,
    times,
)
from models.training.karlo.networks import Decoder, SuperRes
from models.training.karlo.plan import Sizes
from models.training.onnx_export import Network


def examples(sizes: Sizes) -> dict[str, dict[str, Tensor]]:
    """Inputs of every network by its name, two rows each."""
    caption = example_caption(sizes.dimensions, sizes.length, sizes.width)
    small, large = (3, sizes.small, sizes.small), (3, sizes.large, sizes.large)
    return {
        "text": {"tokens": example_tokens(sizes.vocabulary, sizes.length)},
        "image": {"image": normal(3, sizes.seen, sizes.seen)},
        "prior": {"x": normal(sizes.dimensions), "t": times(), **caption},
        "decoder": {"x": normal(*small), "t": times(), "image_embedding": normal(sizes.dimensions), **caption},
        "super_res": {"x": normal(*large), "t": times(), "low": normal(*large).clamp(-1, 1)},
    }


def networks(text: Folder, images: Folder, sizes: Sizes) -> Iterator[tuple[str, Network, dict[str, Tensor]]]:
    """Every graph by name, loaded lazily, with the other tensors of its folder."""
    given = examples(sizes)
    towers = TextTower(text.network("text_encoder")), ImageTower(images.network("image_encoder"))
    yield "text", Network("clip-text.onnx", towers[0], given["text"], ["embedding", "states"]), {}
    yield "image", Network("clip-image.onnx", towers[1], given["image"], ["embedding"]), {}
    del towers
    prior = text.network("prior")
    statistics = whitening(text, prior.clip_mean, prior.clip_std)
    yield "prior", Network("prior.onnx", Prior(prior), given["prior"], ["prediction"]), statistics
    del prior
    projection = text.network("text_proj")
    null = projection.learned_classifier_free_guidance_embeddings.detach().clone()
    decoder = Decoder(text.network("decoder"), projection)
    yield "decoder", Network("decoder.onnx", decoder, given["decoder"], ["prediction"]), {"decoder.null": null}
    del decoder
    for part, suffix in (("super_res_first", ""), ("super_res_last", "-last")):
        file = f"upsampler-{sizes.large}{suffix}.onnx"
        yield part, Network(file, SuperRes(text.network(part)), given["super_res"], ["prediction"]), {}

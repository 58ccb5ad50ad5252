"""Karlo's networks as ONNX files, one in memory at a time."""

from collections.abc import Iterator
from pathlib import Path

import onnx
import torch
from torch import Tensor

from models.training.karlo import precision
from models.training.karlo.folder import Folder, Refused
from models.training.karlo.networks import Decoder, ImageTower, Prior, SuperRes, TextTower
from models.training.karlo.plan import Sizes
from models.training.onnx_export import Network, check, strip, traced

TOLERANCE = {"fp32": 2e-4, "fp16": 2e-2}  # between ONNX Runtime and PyTorch in fp32, of the largest output
ONE_FILE = 2_000_000_000  # a graph with more bytes of weights keeps them in a file beside it: protobuf ends at 2^31


def examples(sizes: Sizes) -> dict[str, dict[str, Tensor]]:
    """Inputs of every network by its name, two rows each."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(2, *shape, generator=generator)

    times = torch.tensor([999.0, 37.0])
    tokens = torch.randint(1, sizes.vocabulary - 2, (2, sizes.length), generator=generator, dtype=torch.int32)
    tokens[:, 9] = sizes.vocabulary - 1  # the end token
    caption = {
        "text_embedding": normal(sizes.dimensions),
        "text_states": normal(sizes.length, sizes.width),
        "text_mask": (torch.arange(sizes.length)[None] < torch.tensor([[10], [sizes.length]])).float(),
    }
    small, large = (3, sizes.small, sizes.small), (3, sizes.large, sizes.large)
    return {
        "text": {"tokens": tokens},
        "image": {"image": normal(3, sizes.seen, sizes.seen)},
        "prior": {"x": normal(sizes.dimensions), "t": times, **caption},
        "decoder": {"x": normal(*small), "t": times, "image_embedding": normal(sizes.dimensions), **caption},
        "super_res": {"x": normal(*large), "t": times, "low": normal(*large).clamp(-1, 1)},
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


def whitening(text: Folder, mean: Tensor, std: Tensor) -> dict[str, Tensor]:
    """The statistics of z_i. Raises Refused where they were never filled in: diffusers' own start is zero."""
    if not (std > 0).all():
        raise Refused(f"{text.weights_file('prior')}: clip_std is not above 0: the statistics of CLIP were not saved")
    return {"clip.mean": mean[0].detach().clone(), "clip.std": std[0].detach().clone()}


def export(network: Network, folder: Path, kind: str) -> dict:
    """Writes the graph, runs it against PyTorch, returns its entry for bundle.json."""
    save(network, folder, kind)
    return {
        "file": network.file,
        "precision": kind,
        **check(network, network.module, folder / network.file, TOLERANCE[kind]),
    }


def save(network: Network, folder: Path, kind: str) -> None:
    model = traced(network, network.module)
    strip(model.graph)
    precision.halve(model, network.file) if kind == "fp16" else precision.store(model)
    beside = sum(len(weight.raw_data) for weight in model.graph.initializer) > ONE_FILE
    onnx.save(model, folder / network.file, save_as_external_data=beside, location=f"{network.file}.data")

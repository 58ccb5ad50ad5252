"""Writes a bundle: ONNX graphs, tokenizer, tensors and bundle.json in the folder that models/bundle/open.ts opens."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models.clip.network import Clip
from models.decoder.network import Decoder
from models.prior.autoregressive_prior import AutoregressivePrior
from models.prior.diffusion_prior import DiffusionPrior
from models.training.onnx_export import Network, export
from models.training.pca import Pca
from models.training.quantise import Feeds
from models.upsampler.network import Upsampler


class TextTower(nn.Module):
    """tokens (n, L) int32 -> embedding (n, D) of unit length, states (n, L, W)."""

    def __init__(self, clip: Clip):
        super().__init__()
        self.clip = clip

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        return self.clip.embed_text(tokens)


class ImageTower(nn.Module):
    """image (n, 3, S, S) in [-1, 1] -> embedding (n, D) of unit length."""

    def __init__(self, clip: Clip):
        super().__init__()
        self.clip = clip

    def forward(self, image: Tensor) -> Tensor:
        return self.clip.embed_image(image)


@dataclass
class Parts:
    """Everything of a bundle that was trained, and the statistics that belong to it."""

    clip: Clip
    diffusion_prior: DiffusionPrior
    autoregressive_prior: AutoregressivePrior
    decoder: Decoder
    upsamplers: list[Upsampler]
    upsampler_schedules: list[str]
    mean: Tensor  # (D) of z_i
    std: Tensor  # (D)
    pca: Pca
    image_size: int = 64
    length: int = 32


def networks(parts: Parts) -> dict[str, Network]:
    """Every graph with an example of its inputs, two rows each."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(2, *shape, generator=generator)

    width, dimensions = parts.clip.text.token.embedding_dim, len(parts.mean)
    vocabulary, k = parts.clip.text.token.num_embeddings, parts.pca.coefficients
    times = torch.tensor([999.0, 37.0])
    mask = (torch.arange(parts.length)[None] < torch.tensor([[7], [parts.length]])).float()
    text = {
        "text_embedding": nn.functional.normalize(normal(dimensions), dim=-1),
        "text_states": normal(parts.length, width),
        "text_mask": mask,
    }
    tokens = torch.randint(1, vocabulary - 2, (2, parts.length), generator=generator, dtype=torch.int32)
    tokens[:, 9] = vocabulary - 1
    codes = torch.randint(parts.pca.buckets, (2, k), generator=generator, dtype=torch.int32)
    dot = torch.tensor([1, 2], dtype=torch.int32)
    size = parts.image_size
    made = {
        "text": Network("clip-text.onnx", TextTower(parts.clip), {"tokens": tokens}, ["embedding", "states"]),
        "image": Network("clip-image.onnx", ImageTower(parts.clip), {"image": normal(3, 64, 64)}, ["embedding"]),
        "diffusion": Network(
            "prior-diffusion.onnx", parts.diffusion_prior, {"x": normal(dimensions), "t": times, **text}, ["prediction"]
        ),
        "autoregressive": Network(
            "prior-autoregressive.onnx", parts.autoregressive_prior, {"codes": codes, "dot": dot, **text}, ["logits"]
        ),
        "decoder": Network(
            "decoder.onnx",
            parts.decoder,
            {"x": normal(3, size, size), "t": times, "image_embedding": text["text_embedding"]},
            ["prediction"],
        ),
    }
    for upsampler in parts.upsamplers:
        size *= 4
        made[f"upsampler-{size}"] = Network(
            f"upsampler-{size}.onnx",
            upsampler,
            {"x": normal(3, size, size), "t": times, "low": normal(3, size, size)},
            ["prediction"],
        )
    return made


def write(
    folder: Path,
    parts: Parts,
    tokenizer: Path,
    facts: dict,
    calibration: dict[str, list[Feeds]] | None = None,
    words: list[str] | None = None,
    scenes: dict | None = None,
) -> None:
    """Writes the bundle to the folder.

    facts: name, version, licence, attribution, presets, training: entries of bundle.json that are not computed here.
    calibration: inputs by graph, for the graphs to quantise to 8 bits.
    words: the vocabulary of the training captions; the engine warns of other words.
    scenes: how captions describe scenes (data/reading.py).
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    feeds = calibration or {}
    graphs = {name: export(network, folder, feeds.get(name)) for name, network in networks(parts).items()}
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(tokenizer / name, folder / name)
    if words is not None:
        (folder / "words.txt").write_text("".join(f"{word}\n" for word in sorted(words)))
    pca = parts.pca
    tensors = {
        "clip.mean": parts.mean,
        "clip.std": parts.std,
        "decoder.null": parts.decoder.null.detach(),
        "pca.mean": pca.mean,
        "pca.basis": pca.basis,
        "ar.low": pca.low,
        "ar.high": pca.high,
        "ar.dot_quantiles": pca.dot_quantiles,
    }
    save_file({name: value.float().contiguous() for name, value in tensors.items()}, folder / "tensors.safetensors")
    (folder / "tensors.safetensors").chmod(0o644)  # written as 0600, which a container's user could not read
    size = parts.image_size
    description = {
        "format": 1,
        **{name: facts[name] for name in ("name", "version", "licence", "attribution")},
        "files": {path.name: stamp(path) for path in sorted(folder.iterdir())},
        "tokenizer": {
            "vocab": "vocab.json",
            "merges": "merges.txt",
            "contextLength": parts.length,
            "padId": 0,
            **({} if words is None else {"words": "words.txt"}),
        },
        "tensors": "tensors.safetensors",
        "clip": {
            "dimensions": len(parts.mean),
            "normalise": True,
            "logitScale": round(parts.clip.log_scale.exp().item(), 4),
            "text": graphs["text"],
            "image": {**graphs["image"], "size": 64, "mean": [0.5] * 3, "std": [0.5] * 3, "fit": "squash"},
        },
        "prior": {
            "diffusion": {"network": graphs["diffusion"], "schedule": cosine(), "prediction": "x0", "clamp": None},
            "autoregressive": {
                "network": graphs["autoregressive"],
                "coefficients": pca.coefficients,
                "buckets": pca.buckets,
                "dotBuckets": pca.dot_buckets,
            },
        },
        "decoder": {
            "network": graphs["decoder"],
            "size": size,
            "schedule": cosine(),
            "prediction": "v",
            "variance": "fixed",
        },
        "upsamplers": [
            {
                "network": graphs[f"upsampler-{size * 4 ** (i + 1)}"],
                "from": size * 4**i,
                "to": size * 4 ** (i + 1),
                "schedule": {"kind": kind, "steps": 1000},
                "prediction": "x0",
                "variance": "fixed",
            }
            for i, kind in enumerate(parts.upsampler_schedules)
        ],
        "presets": facts["presets"],
        **({} if scenes is None else {"scenes": scenes}),
        "training": facts["training"],
    }
    (folder / "bundle.json").write_text(json.dumps(description, indent=2) + "\n")
    total = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {total / 1e6:.1f} MB in {len(list(folder.iterdir()))} files")


def cosine() -> dict:
    return {"kind": "cosine", "steps": 1000}


def stamp(path: Path) -> dict:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}

"""Writes a bundle: ONNX graphs, tokenizer, tensors and bundle.json in the folder that models/bundle/open.ts opens."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from models.clip.network import ImageTower
from models.decoder.network import Decoder
from models.prior.autoregressive_prior import AutoregressivePrior
from models.training.description import write_description
from models.training.onnx_export import FewBits, Network, export
from models.training.pca import Pca
from models.training.schedulers import scheduler
from models.training.stages.text import TextPrior
from models.training.tensor_file import save_tensors
from models.upsampler.network import Upsampler

DECODER_BITS = FewBits(four=("fine_",), exact=("metric", "keys", "memory.components", "own_codes"))


class TextTower(nn.Module):
    """tokens (n, L) int32 -> embedding (n, D) of unit length, states (n, L, W)."""

    def __init__(self, text: TextPrior):
        super().__init__()
        self.text = text

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        return self.text.embed_text(tokens)[:2]


@dataclass
class Parts:
    """Everything of a bundle that was trained, and the statistics that belong to it."""

    text: TextPrior  # the text tower and the diffusion prior
    autoregressive_prior: AutoregressivePrior
    decoder: Decoder
    upsamplers: list[Upsampler]
    upsampler_schedules: list[str]
    mean: Tensor  # (D) of z_i
    std: Tensor  # (D)
    pca: Pca
    image: ImageTower
    image_size: int = 64
    length: int = 32


def networks(parts: Parts) -> dict[str, Network]:
    """Every graph with an example of its inputs, two rows each."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(2, *shape, generator=generator)

    token = parts.text.text.token
    width, dimensions, vocabulary, k = (
        token.embedding_dim,
        len(parts.mean),
        token.num_embeddings,
        parts.pca.coefficients,
    )
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
        "text": Network(
            "clip-text.onnx", TextTower(parts.text), {"tokens": tokens}, ["embedding", "states"], FewBits()
        ),
        "diffusion": Network(
            "prior-diffusion.onnx",
            parts.text.prior,
            {"x": normal(dimensions), "t": times, **text},
            ["prediction"],
            FewBits(),
        ),
        "autoregressive": Network(
            "prior-autoregressive.onnx",
            parts.autoregressive_prior,
            {"codes": codes, "dot": dot, **text},
            ["logits"],
            FewBits(),
        ),
        "decoder": Network(
            "decoder.onnx",
            parts.decoder,
            {"x": normal(3, size, size), "t": times, "image_embedding": example_embeddings(parts)},
            ["prediction"],
            DECODER_BITS,
        ),
    }
    made["image"] = Network("clip-image.onnx", parts.image, {"image": normal(3, 64, 64)}, ["embedding"])
    for upsampler in parts.upsamplers:
        size *= 4
        made[f"upsampler-{size}"] = Network(
            f"upsampler-{size}.onnx",
            upsampler,
            {"x": normal(3, size, size), "t": times, "low": normal(3, size, size)},
            ["prediction"],
        )
    return made


def example_embeddings(parts: Parts) -> Tensor:
    """z_i of two icons of the decoder's memory, (2, D). Random z_i lie far from all icons, where rounding of the
    weights changes which one is nearest."""
    white = parts.decoder.memory.embeddings(torch.tensor([0, 1]))
    return nn.functional.normalize(white * parts.std + parts.mean, dim=-1)


def write(
    folder: Path,
    parts: Parts,
    tokenizer: Path,
    facts: dict,
    words: list[str] | None = None,
    concepts: list[dict] | None = None,
    scenes: dict | None = None,
) -> None:
    """Writes the bundle to the folder.

    facts: name, version, licence, attribution, presets, training: entries of bundle.json that are not computed here.
    words: the vocabulary of the training captions; the engine warns of other words.
    concepts: what was taught, each a name and the emoji that is read as it.
    scenes: how captions describe scenes (data/reading.py).
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    graphs = {name: export(network, folder) for name, network in networks(parts).items()}
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(tokenizer / name, folder / name)
    if words is not None:
        (folder / "words.txt").write_text("".join(f"{word}\n" for word in sorted(words)))
    if concepts is not None:
        (folder / "concepts.json").write_text(json.dumps(concepts, indent=1, ensure_ascii=False) + "\n")
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
    save_tensors({name: value.float().contiguous() for name, value in tensors.items()}, folder / "tensors.safetensors")
    size = parts.image_size
    about = {name: facts[name] for name in ("name", "version", "licence", "attribution")}
    described = {
        "tokenizer": {
            "vocab": "vocab.json",
            "merges": "merges.txt",
            "contextLength": parts.length,
            "padId": 0,
            **({} if words is None else {"clean": "visible", "words": "words.txt"}),
            **({} if concepts is None else {"concepts": "concepts.json"}),
        },
        "clip": {
            "dimensions": len(parts.mean),
            "normalise": True,
            "logitScale": round(parts.text.log_scale.exp().item(), 4),
            "text": graphs["text"],
            "image": {**graphs["image"], "size": 64, "mean": [0.5] * 3, "std": [0.5] * 3, "fit": "squash"},
        },
        "prior": {
            "diffusion": {
                "network": graphs["diffusion"],
                "scheduler": scheduler("cosine", "sample", clip=None),
                "unconditional": "empty_caption",
            },
            "autoregressive": {
                "network": graphs["autoregressive"],
                "unconditional": "empty_caption",
                "coefficients": pca.coefficients,
                "buckets": pca.buckets,
                "dotBuckets": pca.dot_buckets,
            },
        },
        "decoder": {
            "network": graphs["decoder"],
            "sizes": [size],
            "scheduler": scheduler("cosine", "sample"),
            "unconditional": "stored",
        },
        "upsamplers": [
            {
                "network": graphs[f"upsampler-{size * 4 ** (i + 1)}"],
                "from": size * 4**i,
                "to": size * 4 ** (i + 1),
                "scheduler": scheduler(kind, "sample"),
            }
            for i, kind in enumerate(parts.upsampler_schedules)
        ],
        "presets": facts["presets"],
        **({} if scenes is None else {"scenes": scenes}),
        "training": facts["training"],
    }
    write_description(folder, about, described)
    total = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {total / 1e6:.1f} MB in {len(list(folder.iterdir()))} files")

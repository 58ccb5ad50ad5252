"""The tiny bundle of the tests: every stage, random weights, under 5 MB, one second for a whole path.

python -m models.training.tiny     writes test/bundles/tiny
"""

from pathlib import Path
from typing import TypeVar

import torch

from models.clip.network import Clip, ImageTower
from models.clip.tokenizer import Tokenizer, train_bpe
from models.decoder.network import Decoder
from models.prior.autoregressive_prior import AutoregressivePrior
from models.training.bundle import Parts, write
from models.training.loop import RUNS
from models.training.pca import Pca
from models.training.presets import preset
from models.training.stages.text import TextPrior
from models.upsampler.network import Upsampler

Network = TypeVar("Network", bound=torch.nn.Module)

FOLDER = Path("test/bundles/tiny")
DIMENSIONS, LENGTH, WIDTH = 16, 16, 16
# With guidance of prior and decoder, which picto does without, so that the tests run it too.
PRESETS = {
    "draft": preset(6, 1, 2.0, 3, (3, 2)),
    "standard": preset(12, 4, 2.0, 5, (6, 4)),
    "best": preset(32, 8, 2.0, 16, (12, 8)),
}
DECODER_GUIDANCE = 1.5
TEXTS = ["a red apple on a blue background", "a cat to the left of a drum", "an icon of a rocket in flat style"]


def loud(module: Network) -> Network:
    """Gives the layers that training starts at zero random weights too, so that every path shows in the output."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1 and not parameter.any():
                parameter.normal_(std=0.05)
    return module


def parts(vocabulary: int) -> Parts:
    torch.manual_seed(20)
    tower = {"vocabulary": vocabulary, "length": LENGTH, "width": WIDTH, "layers": 1, "heads": 2}
    image = {"size": 64, "patch": 4, "channels": [8, 8, 8], "blocks": 1}
    clip = Clip({"dimensions": DIMENSIONS, "text": tower, "image": image})
    layers = {"width": 32, "hidden": 32, "layers": 1}
    prior = {"queries": 2, "encoder": layers, "denoiser": layers}
    text = TextPrior({"dimensions": DIMENSIONS, "text": {**tower, "bigrams": 64}, "prior": prior})
    sequence = {"coefficients": 8, "buckets": 16, "dot_buckets": 8, "width": WIDTH, "layers": 1, "heads": 2}
    vectors = torch.nn.functional.normalize(torch.randn(512, DIMENSIONS) + 0.5, dim=-1)
    pca = Pca.fit(vectors, coefficients=8, buckets=16)
    pca.fit_dots(torch.rand(512), buckets=8)
    decoder = Decoder(
        DIMENSIONS,
        condition=16,
        memory={"icons": 8, "components": 4, "backgrounds": 2, "side": 54},
        mixer={"block": 8, "width": 16, "hidden": 16, "layers": 1},
    )
    for value in (decoder.null, *decoder.memory.buffers()):
        torch.nn.init.normal_(value, std=0.2)
    return Parts(
        text=loud(text),
        image=ImageTower(clip.image, DIMENSIONS),
        autoregressive_prior=loud(AutoregressivePrior(DIMENSIONS, WIDTH, 2, layers, **sequence)),
        decoder=loud(decoder),
        upsamplers=[loud(Upsampler(condition=16, width=8, blocks=1)) for _ in range(2)],
        upsampler_schedules=["cosine", "linear"],
        mean=vectors.mean(dim=0),
        std=vectors.std(dim=0),
        pca=pca,
        length=LENGTH,
    )


def main() -> None:
    vocab, merges = train_bpe(TEXTS, 600)
    tokenizer = RUNS.parent / "tokenizer-tiny"
    Tokenizer(vocab, merges).save(tokenizer)
    write(
        FOLDER,
        parts(len(vocab)),
        tokenizer,
        {
            "name": "tiny",
            "version": "1.0.0",
            "licence": "Apache-2.0",
            "attribution": "Random weights.",
            "presets": {
                name: {**steps, "decoder": {**steps["decoder"], "guidance": DECODER_GUIDANCE}}
                for name, steps in PRESETS.items()
            },
            "training": {"seed": 20},
        },
    )


if __name__ == "__main__":
    main()

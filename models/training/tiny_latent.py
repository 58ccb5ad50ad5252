"""The tests' bundle of latents: what a bundle may declare and picto does not. Random weights, under 1 MB.

python -m models.training.tiny_latent     writes test/bundles/latent

A decoder of latents for several sizes that predicts v, reads captions by its own text encoder, gets the level of the
noise on z_i and has its own embedding for nothing; a direct prior beside a diffusion prior; and an autoencoder that
is linear, so that tests know what comes back from it.
"""

import shutil
from pathlib import Path

import torch

from models.clip.tokenizer import Tokenizer, train_bpe
from models.training.description import write_description
from models.training.onnx_export import export
from models.training.schedulers import scheduler
from models.training.tensor_file import save_tensors
from models.training.tiny import TEXTS
from models.training.tiny_latent_networks import (
    CHANNELS,
    DECODER_LENGTH,
    DIMENSIONS,
    FACTOR,
    LENGTH,
    SEEN,
    networks,
)

FOLDER = Path("test/bundles/latent")
SCALE = 0.25
NULL = "network"


def describe(graphs: dict[str, dict], tokenizer: dict) -> dict:
    betas = {"numTrainTimesteps": 1000, "betaSchedule": "squaredcos_cap_v2"}
    stable = {"betaSchedule": "scaled_linear", "betaStart": 0.00085, "betaEnd": 0.012}
    leading = {"timestepSpacing": "leading", "stepsOffset": 1}
    preview = torch.eye(3, CHANNELS) / (FACTOR * SCALE)
    preset = {
        "prior": {
            "diffusion": {"sampler": "ddpm", "steps": 4, "guidance": 2.0, "priorSamples": 1},
            "direct": {"priorSamples": 2},
        },
        "decoder": {"sampler": "ddim", "steps": 4, "guidance": 2.0},
        "upsamplers": [],
    }
    return {
        "tokenizer": tokenizer,
        "clip": {
            "dimensions": DIMENSIONS,
            "normalise": False,
            "logitScale": 100.0,
            "text": graphs["text"],
            "image": {**graphs["image"], "size": SEEN, "mean": [0.5] * 3, "std": [0.5] * 3, "fit": "crop"},
        },
        "prior": {
            "diffusion": {
                "network": graphs["diffusion"],
                "scheduler": scheduler("cosine", "sample", clip=5.0),
                "unconditional": NULL,
            },
            "direct": {"network": graphs["direct"]},
        },
        "decoder": {
            "network": graphs["decoder"],
            "sizes": {"min": 64, "max": 128, "multipleOf": 32},
            "latent": {
                "channels": CHANNELS,
                "factor": FACTOR,
                "scalingFactor": SCALE,
                "range": FACTOR * SCALE,
                "decode": graphs["decode"],
                "encode": graphs["encode"],
                "preview": {"weight": preview.tolist(), "bias": [0.0] * 3},
            },
            "scheduler": {**scheduler("cosine", "v_prediction", clip=None), **stable, **leading},
            "unconditional": NULL,
            "noiseAugmentation": betas,
            "textEncoder": {
                "tokenizer": {**tokenizer, "contextLength": DECODER_LENGTH},
                "network": graphs["decoder_text"],
            },
        },
        "upsamplers": [],
        "presets": {"draft": preset, "standard": preset, "best": preset},
        "scenes": {"attributes": [], "relations": [{"first": "left", "phrases": ["to the left of"]}]},
    }


def main() -> None:
    torch.manual_seed(21)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    vocab, merges = train_bpe(TEXTS, 600)
    Tokenizer(vocab, merges).save(FOLDER)
    tokenizer = {"vocab": "vocab.json", "merges": "merges.txt", "contextLength": LENGTH, "padId": 0}
    graphs = {name: export(network, FOLDER) for name, network in networks(len(vocab)).items()}
    tensors = {"clip.mean": 0.3 * torch.randn(DIMENSIONS), "clip.std": 0.2 + 0.4 * torch.rand(DIMENSIONS)}
    save_tensors(tensors, FOLDER / "tensors.safetensors")
    facts = {"name": "latent", "version": "1.0.0", "licence": "Apache-2.0", "attribution": "Random weights."}
    write_description(FOLDER, facts, describe(graphs, tokenizer))


if __name__ == "__main__":
    main()

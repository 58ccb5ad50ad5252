"""Measures Karlo's networks at full size with random weights: one step each, in PyTorch and in the engine.

    python -m models.training.karlo.full_size FOLDER [prior decoder super_res text image] [--precision fp16] [--cycles
    1]

Exports each network in turn into FOLDER, runs one denoising step in diffusers (fp32, eager) and in the engine, each in
its own process, and removes the network. Prior and decoder run two rows, as guidance does. With --cycles N the engine
opens and releases the network N times and reports the memory of the process after each. Results:
docs/reports/performance.md.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

from models.training.importing import tiny as small
from models.training.importing.graphs import save
from models.training.importing.networks import image_network, prior_network, text_network
from models.training.karlo import tiny
from models.training.karlo.graphs import decoder_network, super_res_network
from models.training.karlo.networks import Decoder
from models.training.karlo.plan import Sizes
from models.training.onnx_export import Network, declared

WIDE = [320, 640, 960, 1280]
UNET = {"block_out_channels": WIDE, "layers_per_block": 3, "norm_num_groups": 32}
SHAPES = {"prior": (768,), "decoder": (6, 64, 64), "super_res": (3, 256, 256)}  # of what is predicted
STEP = Path(__file__).with_name("full-size-step.ts")


def network(name: str) -> tuple[Network, int]:
    """The network with random weights, and the rows of one step."""
    torch.manual_seed(0)
    sizes = Sizes(dimensions=768, length=77, width=768, small=64, large=256, seen=224, vocabulary=49408)
    if name == "prior":
        prior = small.prior(num_attention_heads=32, attention_head_dim=64, num_layers=20, embedding_dim=768)
        return prior_network(prior.eval(), sizes.dimensions, sizes.length, sizes.width), 2
    if name == "decoder":
        unet = tiny.decoder(**UNET, attention_head_dim=64, cross_attention_dim=1536)
        return decoder_network(Decoder(unet.eval(), tiny.text_proj(unet, width=768).eval()), sizes), 2
    if name == "super_res":
        return super_res_network(tiny.super_res(**UNET).eval(), sizes), 1
    if name == "text":
        wide = {"intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
        encoder = small.text_encoder(sizes.vocabulary, hidden_size=768, projection_dim=768, **wide)
        return text_network(encoder.eval(), sizes.vocabulary, sizes.length), 1
    wide = {"intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16}
    encoder = small.image_encoder(hidden_size=1024, projection_dim=768, **wide)
    return image_network(encoder.eval(), sizes.seen), 1


@torch.no_grad()
def in_torch(name: str) -> dict:
    made, rows = network(name)
    weights = sum(parameter.numel() for parameter in made.module.parameters())
    inputs = [value[:rows] for value in made.inputs.values()]
    seconds = []
    for _ in range(2):  # the first one warms up
        start = time.perf_counter()
        made.module(*inputs)
        seconds.append(time.perf_counter() - start)
    return {"weights": weights, "seconds": seconds[-1], "peak": peak()}


def exported(name: str, folder: Path, precision: str) -> dict:
    made, rows = network(name)
    start = time.perf_counter()
    save(made, folder, precision)
    outputs = {"embedding": (768,), "states": (77, 768)} if name in ("text", "image") else {"prediction": SHAPES[name]}
    shapes = {key: np.empty((rows, *shape), np.float32) for key, shape in outputs.items() if key in made.outputs}
    described = {"file": made.file, **declared(made, shapes), "rows": rows}
    (folder / "network.json").write_text(json.dumps(described))
    size = sum(path.stat().st_size for path in folder.glob(f"{made.file}*"))
    return {"export": time.perf_counter() - start, "bytes": size, "peak": peak()}


def peak() -> int:
    """Peak memory of this process in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def child(*command: str) -> dict:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=["text", "image", "prior", "decoder", "super_res"])
    parser.add_argument("--precision", default="fp16", choices=("fp32", "fp16"))
    parser.add_argument("--cycles", type=int, default=1)
    parser.add_argument("--only", choices=("torch", "export"))  # how this program calls itself
    given = parser.parse_args()
    if given.only:
        work = in_torch if given.only == "torch" else lambda name: exported(name, given.folder, given.precision)
        print(json.dumps(work(given.names[0])))
        return
    for name in given.names:
        again = (sys.executable, "-W", "ignore", "-m", "models.training.karlo.full_size", str(given.folder), name)
        folder = given.folder
        found = {
            "export": child(*again, "--precision", given.precision, "--only", "export"),
            "engine": child("npx", "tsx", str(STEP), str(folder), str(given.cycles)),
            "torch": child(*again, "--only", "torch"),
        }
        for path in folder.iterdir():
            path.unlink()
        print(json.dumps({"network": name, **found}), flush=True)


if __name__ == "__main__":
    main()

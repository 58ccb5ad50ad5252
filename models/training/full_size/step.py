"""Exports a network, or runs a step of it in PyTorch. Called by children.py; prints JSON.

python -m models.training.full_size.step list
python -m models.training.full_size.step export FAMILY/NETWORK FOLDER PRECISION
python -m models.training.full_size.step torch FAMILY/NETWORK FOLDER
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from models.training.full_size.families import FACTOR, FAMILIES, Family
from models.training.importing.memory import inputs_at
from models.training.onnx_export import Network


def main(work: str, name: str = "", *given: str) -> None:
    with tempfile.TemporaryDirectory() as settings:
        if work == "list":
            found: object = [
                f"{family}/{network}"
                for family, known in FAMILIES.items()
                for network in known.loaders(Path(settings) / family)
            ]
        else:
            family, part = name.split("/")
            known = FAMILIES[family]
            network, tensors = known.loaders(Path(settings))[part]()
            if work == "torch":
                found = in_torch(network, known.size)
            else:
                found = exported(known, network, tensors, Path(given[0]), given[1])
    print(json.dumps(found))


def exported(family: Family, network: Network, tensors: dict[str, Tensor], folder: Path, precision: str) -> dict:
    """Writes the graph, its entry for bundle.json and the tensors beside it."""
    folder.mkdir(parents=True)
    save_file(tensors, folder / "tensors.safetensors")
    weights = sum(parameter.numel() for parameter in network.module.parameters())
    entry, seconds, processor = timed(lambda: family.export(network, folder, precision))
    (folder / "network.json").write_text(json.dumps(entry))
    size = sum(path.stat().st_size for path in folder.glob(f"{network.file}*"))
    return {
        "weights": weights,
        "seconds": seconds,
        "processor": processor,
        "bytes": size,
        "peak": peak(),
        "size": family.size,
    }


@torch.no_grad()
def in_torch(network: Network, size: int) -> dict:
    inputs = list(inputs_at(network, size, FACTOR, torch.randn).values())
    network.module(*inputs)  # warms up
    _, seconds, processor = timed(lambda: network.module(*inputs))
    return {"seconds": seconds, "processor": processor, "peak": peak()}


def timed(work: Callable[[], object]) -> tuple[object, float, float]:
    """The result, and the seconds on the clock and of the processor."""
    start, used = time.perf_counter(), time.process_time()
    made = work()
    return made, time.perf_counter() - start, time.process_time() - used


def peak() -> int:
    """Peak memory of this process in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Networks of an imported model as ONNX files: their precision, and the files beside large ones."""

from collections.abc import Callable, Iterable
from pathlib import Path

import onnx
from torch import Tensor

from models.training.importing import precision
from models.training.importing.folder import Folder, Refused
from models.training.importing.memory import activations
from models.training.onnx_export import Network, check, strip, traced

TOLERANCE = {"fp32": 2e-4, "fp16": 2e-2}  # between ONNX Runtime and PyTorch in fp32, of the largest output
ONE_FILE = 2_000_000_000  # a graph with more bytes of weights keeps them in a file beside it: protobuf ends at 2^31


def export_all(
    networks: Iterable[tuple[str, Network, dict[str, Tensor]]], write: Callable[[Network], dict], left_out: tuple = ()
) -> tuple[dict[str, dict], dict[str, Tensor]]:
    """Writes graphs one by one. Returns their entries for bundle.json by name, and the tensors beside them.

    networks: a name, a graph and its tensors. write: `export` or `export_at_sizes`. left_out: names of graphs that are
    not written.
    """
    graphs, tensors = {}, {}
    for key, network, found in networks:
        tensors |= found
        if key not in left_out:
            graphs[key] = write(network)
        del network  # before the next one is loaded
    return graphs, tensors


def export(network: Network, folder: Path, kind: str) -> dict:
    """Writes the graph, runs it against PyTorch, returns its entry for bundle.json. kind: fp32 or fp16."""
    save(network, folder, kind)
    return {
        "file": network.file,
        "precision": kind,
        **check(network, network.module, folder / network.file, TOLERANCE[kind]),
    }


def export_at_sizes(network: Network, folder: Path, kind: str, *, sizes: dict, default: int, factor: int) -> dict:
    """The same for a network that draws several sizes, with the memory of its activations.

    sizes: the rule of bundle.json. default: the usual size. factor: pixels for each number of a latent.
    """
    entry = export(network, folder, kind)
    if not network.axes:
        return entry
    rows = 2 if "t" in network.inputs else 1  # both halves of guidance, where the network denoises
    return {**entry, **activations(network, sorted({sizes["min"], default, sizes["max"]}), factor, rows)}


def save(network: Network, folder: Path, kind: str) -> None:
    model = traced(network, network.module)
    strip(model.graph)
    precision.halve(model, network.file) if kind == "fp16" else precision.store(model)
    beside = sum(len(weight.raw_data) for weight in model.graph.initializer) > ONE_FILE
    onnx.save(model, folder / network.file, save_as_external_data=beside, location=f"{network.file}.data")


def whitening(folder: Folder, mean: Tensor, std: Tensor) -> dict[str, Tensor]:
    """The statistics of z_i. Raises Refused where they were never filled in: diffusers' own start is zero."""
    if not (std > 0).all():
        raise Refused(f"{folder.weights_file('prior')}: clip_std is not above 0: the statistics of CLIP were not saved")
    return {"clip.mean": mean[0].detach().clone(), "clip.std": std[0].detach().clone()}

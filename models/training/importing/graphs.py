"""Networks of an imported model as ONNX files: their precision, and the files beside large ones."""

from collections.abc import Callable, Mapping
from pathlib import Path

from torch import Tensor

from models.training.importing import precision
from models.training.importing.folder import Folder, Refused
from models.training.importing.lazy_graph import LazyGraph
from models.training.importing.memory import activations, has_free_size
from models.training.onnx_export import Network, compare, expected_outputs

TOLERANCE = {"fp32": 2e-4, "fp16": 2e-2}  # between ONNX Runtime and PyTorch in fp32, of the largest output

Loader = Callable[[], tuple[Network, dict[str, Tensor]]]  # a graph with its weights, and the tensors that belong to it


def export_all(
    loaders: Mapping[str, Loader], write: Callable[[Network], dict], left_out: tuple[str, ...] = ()
) -> tuple[dict[str, dict], dict[str, Tensor]]:
    """Writes graphs one by one. Returns their entries for bundle.json by name, and the tensors beside them.

    write: `export` or `export_at_sizes`. left_out: names of graphs that are not written.
    """
    graphs, tensors = {}, {}
    for name, load in loaders.items():
        network, found = load()
        tensors |= found
        if name not in left_out:
            graphs[name] = write(network)
        del network  # before the next one is loaded
    return graphs, tensors


def export(network: Network, folder: Path, kind: str) -> dict:
    """Writes the graph, runs it against PyTorch, returns its entry for bundle.json. kind: fp32 or fp16.

    Takes the network's weights away when they are written, because ONNX Runtime needs as much memory again.
    """
    expected = expected_outputs(network, network.module)
    save(network, folder, kind)
    network.module.to("meta")
    declared = compare(network, folder / network.file, expected, TOLERANCE[kind])
    return {"file": network.file, "precision": kind, **declared}


def export_at_sizes(network: Network, folder: Path, kind: str, *, sizes: dict, default: int, factor: int) -> dict:
    """The same for a network that draws several sizes, with the memory of its activations.

    sizes: the rule of bundle.json. default: the usual size. factor: pixels for each number of a latent.
    """
    entry = export(network, folder, kind)
    if not has_free_size(network):
        return entry
    return {**entry, **activations(network, sorted({sizes["min"], default, sizes["max"]}), factor)}


def save(network: Network, folder: Path, kind: str) -> None:
    lazy = LazyGraph.of(network)
    precision.halve(lazy, network.file) if kind == "fp16" else precision.store(lazy)
    lazy.save(folder / network.file)


def whitening(folder: Folder, mean: Tensor, std: Tensor) -> dict[str, Tensor]:
    """The statistics of z_i. Raises Refused where they were never filled in: diffusers' own start is zero."""
    if not (std > 0).all():
        raise Refused(f"{folder.weights_file('prior')}: clip_std is not above 0: the statistics of CLIP were not saved")
    return {"clip.mean": mean[0].detach().clone(), "clip.std": std[0].detach().clone()}

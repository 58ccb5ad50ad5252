"""The memory of a network's activations, for `activations` of a network in bundle.json."""

import copy
import weakref
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from models.training.importing.attention import fused_attention
from models.training.onnx_export import Network

LATENT, PICTURE = {2: "h", 3: "w"}, {2: "H", 3: "W"}  # free heights and widths of latents and of pictures


class PeakBytes(TorchDispatchMode):
    """Counts the bytes of the tensors that operations make, as long as they are referenced."""

    def __init__(self) -> None:
        super().__init__()
        self.live, self.peak = 0, 0
        self.users: dict[int, int] = {}  # tensors that share a storage

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, Tensor):
                self.count(tensor)
        return made

    def count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key not in self.users:
            self.live += size
            self.peak = max(self.peak, self.live)
        self.users[key] = self.users.get(key, 0) + 1
        weakref.finalize(tensor, self.release, key, size)

    def release(self, key: int, size: int) -> None:
        self.users[key] -= 1
        if self.users[key] == 0:
            del self.users[key]
            self.live -= size


@torch.no_grad()
def activation_bytes(module: nn.Module, inputs: dict[str, Tensor]) -> int:
    """Peak of the activations of one pass. Runs on shapes alone: neither weights nor inputs are read.

    models/bundle/memory.ts adds what ONNX Runtime and malloc need beyond them.
    """
    weights = (*module.parameters(), *module.buffers())
    # deepcopy takes what the memo names instead of copying it.
    memo: dict[int, object] = {id(value): meta_of(value) for value in weights}
    shapes = copy.deepcopy(module, memo)
    with fused_attention(), PeakBytes() as counted:
        shapes(*(value.to("meta") for value in inputs.values()))
    return counted.peak


def meta_of(value: Tensor) -> Tensor:
    """The tensor's shape and type, without its numbers."""
    shape = torch.empty_like(value, device="meta")
    return nn.Parameter(shape, requires_grad=False) if isinstance(value, nn.Parameter) else shape


def activations(network: Network, sizes: list[int], factor: int) -> dict:
    """`activations` of bundle.json for a network whose height and width are free.

    sizes: of pictures, in pixels. factor: pixels for each number of a latent.
    """

    def peak(size: int) -> int:
        inputs = inputs_at(network, size, factor, lambda *shape: torch.empty(shape, device="meta"))
        return activation_bytes(network.module, inputs)

    return {"activations": [{"size": size, "bytes": peak(size)} for size in sizes]}


def has_free_size(network: Network) -> bool:
    return any(axes in (LATENT, PICTURE) for axes in network.axes.values())


def inputs_at(network: Network, size: int, factor: int, make: Callable[..., Tensor]) -> dict[str, Tensor]:
    """Inputs for pictures of `size` pixels, of a first step. make: those with free axes, from their lengths."""
    inputs = {}
    rows = 2 if "t" in network.inputs else 1  # both halves of guidance, where the network denoises
    lengths = {"h": size // factor, "w": size // factor, "H": size, "W": size, "past": 0}
    for name, value in network.inputs.items():
        axes = network.axes.get(name, {})
        shape = [lengths[axes[axis]] if axis in axes else length for axis, length in enumerate(value.shape)]
        inputs[name] = make(rows, *shape[1:]) if axes else value[:rows]
    return inputs

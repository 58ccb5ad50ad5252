"""Reads the weights of a bundle's ONNX graphs into PyTorch, to continue training without checkpoints.

The exporter folds and transposes some weights and numbers the results as it likes, but always in the same order. So the
same module is traced once more with random weights: an array that turns up there as a permutation of a parameter says
where, and in which layout, that parameter lies in the bundle. Holds for the exporter's version in requirements.txt.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from models.training.onnx_export import Network, traced


def recovered(network: Network, bundle: Path) -> dict[str, Tensor]:
    """The parameters of network.module in bundle/network.file, without those that cannot be identified.

    The exporter folds a batch norm after a layer without bias into the layer; the resulting bias has the name of the
    layer's weight plus `_bias`. Leaves the module with random weights.
    """
    scramble(network.module)
    named = as_arrays(network.module)
    parameters = {key(value): (name, value) for name, value in named.items()}
    shipped, fresh = arrays(onnx.load(bundle / network.file)), arrays(traced(network, network.module))
    found = {
        name: torch.from_numpy(value)
        for (name, _), value in shipped.items()
        if name.endswith("_bias") and name.removesuffix("_bias") in named
    }
    for label, array in fresh.items():
        match = parameters.get(key(array))
        if match is not None and label in shipped:
            name, parameter = match
            value = unfolded(shipped[label], array, parameter)
            if value is not None:
                found[name] = torch.from_numpy(np.ascontiguousarray(value))
    return found


@torch.no_grad()
def scramble(module: nn.Module) -> None:
    """Sets random weights, so that all parameters differ, and identity batch norms, so that folding changes nothing."""
    for parameter in module.parameters():
        parameter.normal_()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d) and part.running_mean is not None and part.running_var is not None:
            part.running_mean.zero_()
            part.running_var.fill_(1 - part.eps)


def as_arrays(module: nn.Module) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy() for name, value in module.named_parameters()}


def arrays(model: onnx.ModelProto) -> dict[tuple, np.ndarray]:
    """Every float array of a graph in fp32: by its name, or by shape and rank among those that were only numbered."""
    counts, found = Counter(), {}
    raw = {weight.name: numpy_helper.to_array(weight) for weight in model.graph.initializer}
    for label, stored in raw.items():
        value = stored
        if label.endswith("_quantized"):  # weight or bias of a convolution in 8 bits: one scale a channel
            name = label.removesuffix("_quantized")
            scale = raw[f"{name}_scale" if f"{name}_scale" in raw else f"{label}_scale"]
            value = stored * scale.reshape(-1, *[1] * (stored.ndim - 1))
        elif stored.dtype in (np.float32, np.float16):
            name = label.removesuffix("_fp16")
        else:
            continue
        if name.startswith("val_"):
            counts[value.shape] += 1
            name = str(counts[value.shape])
        found[(name, value.shape)] = value.astype(np.float32)
    return found


def key(values: np.ndarray) -> tuple[int, float, float]:
    """The same for every layout of the same random numbers, and for no others."""
    return values.size, float(values.min()), float(values.max())


def unfolded(shipped: np.ndarray, traced_as: np.ndarray, parameter: np.ndarray) -> np.ndarray | None:
    """`shipped` in the layout of the parameter, given what the tracer made of that parameter."""
    if np.array_equal(traced_as.reshape(parameter.shape), parameter):
        return shipped.reshape(parameter.shape)
    if traced_as.ndim == 2 and np.array_equal(traced_as.T, parameter):
        return shipped.T
    return None

"""Precision of a graph's weights: fp32, fp16 storage where that is exact, or fp16 storage and arithmetic."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from models.training.importing.lazy_graph import LazyGraph, Values

WEIGHTED = {"Conv": (1, 2), "Gemm": (1, 2), "MatMul": (0, 1)}  # the inputs of each that may be weights
LARGEST = float(np.finfo(np.float16).max)


def store(lazy: LazyGraph) -> None:
    """Keeps every weight that is made of fp16 numbers as fp16 behind a Cast, which ONNX Runtime folds away."""
    graph, casts = lazy.model.graph, []
    for weight in graph.initializer:
        values = lazy.values[weight.name]
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) <= 1 or not is_half(values()):
            continue
        name = weight.name
        lazy.replace(weight, f"{name}_fp16", as_half(values), TensorProto.FLOAT16)
        casts.append(helper.make_node("Cast", [weight.name], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)


def is_half(values: np.ndarray) -> bool:
    with np.errstate(over="ignore"):
        return np.array_equal(values.astype(np.float16).astype(np.float32), values)


def halve(lazy: LazyGraph, file: str) -> None:
    """Computes convolutions and matrix products with weights in fp16, as autocast does.

    Normalisation, activations, sums and attention (products without weights) stay fp32. Raises Refused for weights that
    fp16 cannot represent.
    """
    graph = lazy.model.graph
    weights = {weight.name: weight for weight in graph.initializer if weight.data_type == TensorProto.FLOAT}
    halved: dict[str, str] = {}
    nodes: list[onnx.NodeProto] = []

    def halved_name(name: str) -> str:
        if name not in halved:
            halved[name] = f"{name}_fp16"
            if name in weights:
                check_range(lazy.values[name](), name, file)
                lazy.add(weights[name], halved[name], as_half(lazy.values[name]), TensorProto.FLOAT16)
            else:
                nodes.append(helper.make_node("Cast", [name], [halved[name]], to=TensorProto.FLOAT16))
        return halved[name]

    for node in graph.node:
        places = WEIGHTED.get(node.op_type, ())
        if any(place < len(node.input) and node.input[place] in weights for place in places):
            node.input[:] = [halved_name(name) if name else name for name in node.input]
            (output,) = node.output
            node.output[:] = [f"{output}_half"]
            nodes += [node, helper.make_node("Cast", [f"{output}_half"], [output], to=TensorProto.FLOAT)]
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    used_weights = [weight for weight in graph.initializer if weight.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(used_weights)


def as_half(values: Values) -> Values:
    return lambda: values().astype(np.float16)


def check_range(values: np.ndarray, name: str, file: str) -> None:
    largest = np.abs(values).max()
    if largest > LARGEST:
        problem = f"the weight {name} reaches {largest:.3g}, and fp16 ends at {LARGEST:.0f}"
        raise SystemExit(f"{file}: {problem}: use --precision fp32")

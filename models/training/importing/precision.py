"""Precision of a graph's weights: fp32, fp16 storage where that is exact, or fp16 storage and arithmetic."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHTED = {"Conv": (1, 2), "Gemm": (1, 2), "MatMul": (0, 1)}  # the inputs of each that may be weights
LARGEST = float(np.finfo(np.float16).max)


def store(model: onnx.ModelProto) -> None:
    """Keeps every weight that is made of fp16 numbers as fp16 behind a Cast, which ONNX Runtime folds away."""
    graph, casts = model.graph, []
    for weight in list(graph.initializer):
        if weight.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(weight)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if values.size > 1 and np.array_equal(half.astype(np.float32), values):
            casts.append(helper.make_node("Cast", [f"{weight.name}_fp16"], [weight.name], to=TensorProto.FLOAT))
            weight.CopyFrom(numpy_helper.from_array(half, f"{weight.name}_fp16"))
    for cast in reversed(casts):
        graph.node.insert(0, cast)


def halve(model: onnx.ModelProto, file: str) -> None:
    """Computes convolutions and matrix products with weights in fp16, as autocast does.

    Normalisation, activations, sums and attention (products without weights) stay fp32. Raises Refused for weights that
    fp16 cannot represent.
    """
    graph = model.graph
    weights = {weight.name: weight for weight in graph.initializer if weight.data_type == TensorProto.FLOAT}
    halved: dict[str, str] = {}
    nodes: list[onnx.NodeProto] = []

    def as_half(name: str) -> str:
        if name not in halved:
            halved[name] = f"{name}_fp16"
            if name in weights:
                graph.initializer.append(half_of(weights[name], halved[name], file))
            else:
                nodes.append(helper.make_node("Cast", [name], [halved[name]], to=TensorProto.FLOAT16))
        return halved[name]

    for node in graph.node:
        places = WEIGHTED.get(node.op_type, ())
        if any(place < len(node.input) and node.input[place] in weights for place in places):
            node.input[:] = [as_half(name) if name else name for name in node.input]
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


def half_of(weight: TensorProto, name: str, file: str) -> TensorProto:
    values = numpy_helper.to_array(weight)
    largest = np.abs(values).max()
    if largest > LARGEST:
        problem = f"the weight {weight.name} reaches {largest:.3g}, and fp16 ends at {LARGEST:.0f}"
        raise SystemExit(f"{file}: {problem}: use --precision fp32")
    return numpy_helper.from_array(values.astype(np.float16), name)

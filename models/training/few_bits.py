"""Large weights of an ONNX graph in 8 or 4 bits, which ONNX Runtime turns into fp32 once, when it loads the graph.

Each row or column has a scale of its own. Only the file is smaller: the products are computed in fp32 as before.
Nodes are such as the loader folds (Cast, Mul, BitShift), for DequantizeLinear would be computed in every pass.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

LARGE = 65_536  # numbers of a matrix that is stored in few bits
CLIPS = (1.0, 0.8, 0.65, 0.5, 0.4, 0.3)  # shares of the largest number that 4 bits are tried with


def stored_in_few_bits(model: onnx.ModelProto, four: tuple[str, ...], exact: tuple[str, ...]) -> onnx.ModelProto:
    """Large matrices in 8 bits; those whose names hold a word of `four` in 4 bits, of `exact` as they are."""
    graph, nodes = model.graph, []
    for weight in list(graph.initializer):
        if weight.data_type != onnx.TensorProto.FLOAT or len(weight.dims) != 2 or np.prod(weight.dims) < LARGE:
            continue
        values, name = numpy_helper.to_array(weight), weight.name
        if any(word in name for word in exact):
            continue
        bits = 4 if any(word in name for word in four) and values.shape[1] % 2 == 0 else 8
        codes, scale = min((quantised(values, bits, axis) for axis in (0, 1)), key=lambda made: error(values, *made))
        graph.initializer.remove(weight)
        graph.initializer.append(numpy_helper.from_array(scale, f"{name}_scale"))
        nodes += unpacked(graph, name, codes, bits)
        nodes.append(helper.make_node("Mul", [f"{name}_whole", f"{name}_scale"], [name]))
    for node in reversed(nodes):
        graph.node.insert(0, node)
    onnx.checker.check_model(model)
    return model


def quantised(values: np.ndarray, bits: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers from -most to most, and the scale of each slice along `axis` that errs least."""
    most = 2 ** (bits - 1) - 1
    largest = np.maximum(np.abs(values).max(axis=1 - axis, keepdims=True), 1e-12)
    tried = []
    for clip in CLIPS if bits == 4 else CLIPS[:1]:
        scale = (largest * clip / most).astype(np.float32)
        codes = np.clip(np.round(values / scale), -most, most).astype(np.int8)
        tried.append((np.square(codes * scale - values).sum(axis=1 - axis, keepdims=True), scale))
    best = np.argmin(np.stack([square for square, _ in tried]), axis=0)
    scale = np.take_along_axis(np.stack([scale for _, scale in tried]), best[None], axis=0)[0]
    return np.clip(np.round(values / scale), -most, most).astype(np.int8), scale


def error(values: np.ndarray, codes: np.ndarray, scale: np.ndarray) -> float:
    return float(np.square(codes * scale - values).mean())


def unpacked(graph: onnx.GraphProto, name: str, codes: np.ndarray, bits: int) -> list[onnx.NodeProto]:
    """Adds what is stored; returns the nodes that make `name`_whole of it, the codes as fp32."""

    def constant(suffix: str, value: np.ndarray) -> str:
        graph.initializer.append(numpy_helper.from_array(value, f"{name}_{suffix}"))
        return f"{name}_{suffix}"

    whole = f"{name}_whole"
    if bits == 8:
        return [helper.make_node("Cast", [constant("int8", codes)], [whole], to=onnx.TensorProto.FLOAT)]
    # Two codes a byte, shifted to 1 ... 15: those of the left half of the columns in the low bits, of the right half
    # in the high.
    left, right = np.split((codes + 8).astype(np.uint8), 2, axis=1)
    packed, four, low = (
        constant("int4", left | right << 4),
        constant("four", np.array([4], np.uint8)),
        constant("low", np.array([15], np.uint8)),
    )
    eight = constant("eight", np.array([8], np.float32))
    return [
        helper.make_node("BitwiseAnd", [packed, low], [f"{name}_left"]),
        helper.make_node("BitShift", [packed, four], [f"{name}_right"], direction="RIGHT"),
        helper.make_node("Concat", [f"{name}_left", f"{name}_right"], [f"{name}_codes"], axis=1),
        helper.make_node("Cast", [f"{name}_codes"], [f"{name}_shifted"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Sub", [f"{name}_shifted", eight], [whole]),
    ]

"""Large weights of an ONNX graph in 8 or 4 bits that are used as they are stored: nothing is unpacked at loading.

Products become MatMulNBits, an operator of ONNX Runtime, with one scale for each BLOCK weights of a column. 4 bits are
computed in fp32; 8 bits with activations in 8 bits too, for ONNX Runtime has no fast fp32 kernel for them. Tables from
which rows are gathered are stored in int8, with one scale for each column or row.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

LARGE = 65_536  # numbers of a matrix that is stored in few bits
BLOCK = 32
CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6)  # shares of the largest number that 4 bits are tried with
DOMAIN = "com.microsoft"
LEVELS = {4: 0, 8: 4}  # accuracy_level of MatMulNBits: 0 computes in fp32, 4 in int8


def stored_in_few_bits(model: onnx.ModelProto, four: tuple[str, ...], exact: tuple[str, ...]) -> onnx.ModelProto:
    """Large matrices in 8 bits; those whose names hold a word of `four` in 4 bits, of `exact` as they are."""
    graph = model.graph
    for weight in list(graph.initializer):
        if weight.data_type != onnx.TensorProto.FLOAT or len(weight.dims) != 2 or np.prod(weight.dims) < LARGE:
            continue
        if any(word in weight.name for word in exact):
            continue
        bits = 4 if any(word in weight.name for word in four) else 8
        users = [node for node in graph.node if weight.name in node.input]
        if all(as_product(node, weight.name) is not None for node in users):
            for node in users:
                replace(graph, node, product(graph, node, weight, bits))
        elif all(node.op_type == "Gather" and node.input[0] == weight.name for node in users):
            for node in users:
                replace(graph, node, gathered(graph, node, weight))
        else:
            continue
        graph.initializer.remove(weight)
    if not any(entry.domain == DOMAIN for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    onnx.checker.check_model(model)
    return model


def as_product(node: onnx.NodeProto, name: str) -> bool | None:
    """Whether the node multiplies by the transpose of this weight; None where it does something else with it."""
    if len(node.input) < 2 or node.input[1] != name or node.input[0] == name:
        return None
    if node.op_type == "MatMul":
        return False
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    plain = attributes.get("alpha", 1.0) == 1.0 and attributes.get("beta", 1.0) == 1.0
    if node.op_type == "Gemm" and plain and not attributes.get("transA", 0):
        return bool(attributes.get("transB", 0))
    return None


def product(graph: onnx.GraphProto, node: onnx.NodeProto, weight: onnx.TensorProto, bits: int) -> list[onnx.NodeProto]:
    """The node as MatMulNBits, with its bias added behind."""
    values = numpy_helper.to_array(weight)
    if as_product(node, weight.name):
        values = values.T
    codes, scales = in_blocks(values, bits)
    suffix = f"{weight.name}_int{bits}"
    if not any(one.name == suffix for one in graph.initializer):
        graph.initializer.append(numpy_helper.from_array(codes, suffix))
        graph.initializer.append(numpy_helper.from_array(scales, f"{weight.name}_scales"))
    bias = node.input[2] if len(node.input) > 2 else ""
    output = f"{node.output[0]}_product" if bias else node.output[0]
    made = helper.make_node(
        "MatMulNBits",
        [node.input[0], suffix, f"{weight.name}_scales"],
        [output],
        domain=DOMAIN,
        K=values.shape[0],
        N=values.shape[1],
        bits=bits,
        block_size=BLOCK,
        accuracy_level=LEVELS[bits],
    )
    return [made, helper.make_node("Add", [output, bias], [node.output[0]])] if bias else [made]


def in_blocks(values: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """values (K, N) -> codes (N, blocks, bytes of a block) and scales (N, blocks): as MatMulNBits reads them."""
    codes, scales = quantised(padded(values).transpose(2, 0, 1), bits, axis=2)
    codes = (codes.astype(np.int16) + 2 ** (bits - 1)).astype(np.uint8)
    if bits == 4:
        codes = codes[..., 0::2] | codes[..., 1::2] << 4
    return np.ascontiguousarray(codes), np.ascontiguousarray(scales[..., 0])


def rounded(values: np.ndarray, bits: int) -> np.ndarray:
    """values (K, N) as MatMulNBits computes with them."""
    rows, columns = values.shape
    codes, scales = quantised(padded(values), bits, axis=1)
    return (codes * scales).reshape(-1, columns)[:rows]


def padded(values: np.ndarray) -> np.ndarray:
    """values (K, N) -> (blocks, BLOCK, N), with zeros after the last row."""
    rows, columns = values.shape
    blocks = np.zeros((-(-rows // BLOCK), BLOCK, columns), np.float32)
    blocks.reshape(-1, columns)[:rows] = values
    return blocks


def gathered(graph: onnx.GraphProto, node: onnx.NodeProto, weight: onnx.TensorProto) -> list[onnx.NodeProto]:
    """The node on a table in int8, with a scale for each column or for each row, whichever errs less."""
    values, name, output = numpy_helper.to_array(weight), weight.name, node.output[0]
    tried = [(axis, *quantised(values, 8, axis)) for axis in (0, 1)]
    axis, codes, scales = min(tried, key=lambda made: float(np.square(made[1] * made[2] - values).sum()))
    if not any(one.name == f"{name}_int8" for one in graph.initializer):
        graph.initializer.append(numpy_helper.from_array(codes, f"{name}_int8"))
        graph.initializer.append(numpy_helper.from_array(scales, f"{name}_scales"))
    gather = helper.make_node("Gather", [f"{name}_int8", node.input[1]], [f"{output}_int8"], axis=0)
    cast = helper.make_node("Cast", [f"{output}_int8"], [f"{output}_codes"], to=onnx.TensorProto.FLOAT)
    if axis == 0:  # (1, columns) fits every row
        return [gather, cast, helper.make_node("Mul", [f"{output}_codes", f"{name}_scales"], [output])]
    row = helper.make_node("Gather", [f"{name}_scales", node.input[1]], [f"{output}_scales"], axis=0)
    return [gather, cast, row, helper.make_node("Mul", [f"{output}_codes", f"{output}_scales"], [output])]


def quantised(values: np.ndarray, bits: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers from -most to most, and the scale along `axis` that errs least."""
    most = 2 ** (bits - 1) - 1
    largest = np.maximum(np.abs(values).max(axis=axis, keepdims=True), 1e-12)
    best_scale, best_error = largest, np.full(largest.shape, np.inf)
    for clip in CLIPS if bits == 4 else CLIPS[:1]:
        scale = (largest * clip / most).astype(np.float32)
        error = np.square(np.clip(np.round(values / scale), -most, most) * scale - values).sum(axis, keepdims=True)
        best_scale = np.where(error < best_error, scale, best_scale)
        best_error = np.minimum(error, best_error)
    codes = np.clip(np.round(values / best_scale), -most, most).astype(np.int8)
    return codes, best_scale.astype(np.float32)


def replace(graph: onnx.GraphProto, node: onnx.NodeProto, nodes: list[onnx.NodeProto]) -> None:
    """Puts nodes in the place of one."""
    place = list(graph.node).index(node)
    graph.node.remove(node)
    for offset, made in enumerate(nodes):
        graph.node.insert(place + offset, made)

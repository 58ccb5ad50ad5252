"""Static quantisation: the 3x3 convolutions, nine tenths of a picture's work, in 8 bits; everything else stays fp32.

Activations are uint8 with one range per tensor, weights int8 with one range per channel (Nagel et al. 2021, "A white
paper on neural network quantization", 2.3 and 3). Weights use 7 of their 8 bits, because without VNNI ONNX Runtime adds
two products in 16 bits, which would overflow.
"""

import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx

from models.training.onnx_runtime import (
    CalibrationDataReader,
    InferenceSession,
    QuantFormat,
    QuantType,
    quantize_static,
)

SMALLEST = 32  # input channels of a convolution that is worth it
ALONE = 0.008  # a convolution that moves the output by more, all others in fp32, stays in fp32 itself
TOGETHER = 0.03  # and more than that all of them together must not
PROBES = 4  # of the feeds, to look at one convolution

Feeds = dict[str, np.ndarray]


class Reader(CalibrationDataReader):
    def __init__(self, feeds: list[Feeds]):
        self.rest = iter(feeds)

    # The base class documents None as the end of the data, but does not declare it.
    def get_next(self) -> Feeds | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return next(self.rest, None)


def quantised(model: onnx.ModelProto, feeds: list[Feeds]) -> onnx.ModelProto:
    """An fp32 graph with its ranges measured on `feeds`. Raises SystemExit when what it computes moves too far.

    How far is the root mean square of the change, as a share of the output's.
    """
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, before)
        expected = answers(before, feeds)
        stride = max(1, len(feeds) // PROBES)
        candidates, probes = convolutions(model), (feeds[::stride], expected[::stride])
        chosen = [name for name in candidates if moved(before, after, [name], *probes) <= ALONE]
        error = moved(before, after, chosen, feeds, expected)
        if error > TOGETHER:
            raise SystemExit(f"8 bits move the output by {error:.1%}, more than {TOGETHER:.0%}")
        print(f"{len(chosen)} of {len(candidates)} convolutions in 8 bits, {error:.1%} from fp32")
        return onnx.load(after)


def answers(graph: Path, feeds: list[Feeds]) -> list[np.ndarray]:
    session = InferenceSession(graph, providers=["CPUExecutionProvider"])
    return [np.asarray(session.run(None, feed)[0]) for feed in feeds]


def moved(before: Path, after: Path, chosen: list[str], feeds: list[Feeds], expected: list[np.ndarray]) -> float:
    """Writes `after` with the chosen convolutions in 8 bits; returns its error against `expected`."""
    logging.disable(logging.WARNING)  # its advice, shape inference first, does not apply: shapes are fixed
    quantize_static(
        before,
        after,
        Reader(feeds),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        nodes_to_quantize=chosen,
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    logging.disable(logging.NOTSET)
    wrong = right = 0.0
    for made, wanted in zip(answers(after, feeds), expected, strict=True):
        wrong, right = wrong + np.square(made - wanted).sum(), right + np.square(wanted).sum()
    return float(np.sqrt(wrong / right))


def convolutions(model: onnx.ModelProto) -> list[str]:
    """The large ones."""
    shapes = {weight.name: list(weight.dims) for weight in model.graph.initializer}
    found = [node for node in model.graph.node if node.op_type == "Conv"]
    return [node.name for node in found if (shape := shapes[node.input[1]])[2] == 3 and shape[1] >= SMALLEST]

"""A graph whose weights stay where PyTorch has them until they are written, so that no network is in memory twice."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx_ir
from onnx import TensorProto, helper, numpy_helper

from models.training.importing.attention import fused_attention
from models.training.onnx_export import Network, program_of, rename_outputs, strip

ONE_FILE = 2_000_000_000  # a graph with more bytes of weights keeps them in a file beside it: protobuf ends at 2^31
INSIDE = 1024  # bytes of a weight that stays in the graph all the same: shapes must be there when it is opened
PAGE = 4096  # ONNX Runtime maps the file beside a graph

Values = Callable[[], np.ndarray]


@dataclass
class LazyGraph:
    """model: its initializers have names, types and shapes, and no numbers. values: the numbers, by name."""

    model: onnx.ModelProto
    values: dict[str, Values]

    @classmethod
    def of(cls, network: Network) -> "LazyGraph":
        with fused_attention():
            program = program_of(network, network.module)
        values: dict[str, Values] = {}
        for name, initializer in program.model.graph.initializers.items():
            tensor = initializer.const_value
            assert tensor is not None
            values[name] = tensor.numpy
            initializer.const_value = onnx_ir.ExternalTensor(
                "unused", None, None, tensor.dtype, shape=onnx_ir.Shape(tensor.numpy().shape), name=name
            )
        model = onnx_ir.to_proto(program.model)
        rename_outputs(model.graph, network)
        strip(model.graph)
        made = cls(model, values)
        for weight in model.graph.initializer:
            made.replace(weight, weight.name, values[weight.name])
        return made

    def replace(self, weight: TensorProto, name: str, values: Values, data_type: int | None = None) -> None:
        """Gives an initializer another name, other numbers and perhaps another type."""
        empty = TensorProto(name=name, data_type=data_type or weight.data_type, dims=weight.dims)
        weight.CopyFrom(empty)
        self.values[name] = values

    def add(self, like: TensorProto, name: str, values: Values, data_type: int) -> None:
        """Appends an initializer of the shape of another."""
        self.replace(self.model.graph.initializer.add(dims=like.dims), name, values, data_type)

    def save(self, path: Path) -> None:
        """Writes the weights one by one, into the graph or a file beside it."""
        weights = self.model.graph.initializer
        if sum(size_of(weight) for weight in weights) <= ONE_FILE:
            for weight in weights:
                self.put_inside(weight)
        else:
            beside = path.with_name(f"{path.name}.data")
            with beside.open("wb") as file:
                offset = 0
                for weight in weights:
                    if size_of(weight) < INSIDE:
                        self.put_inside(weight)
                        continue
                    file.seek(offset)
                    weight.data_location = TensorProto.EXTERNAL
                    found = {"location": beside.name, "offset": offset, "length": size_of(weight)}
                    for key, value in found.items():
                        weight.external_data.add(key=key, value=str(value))
                    np.ascontiguousarray(self.values[weight.name]()).tofile(file)
                    offset += -(-size_of(weight) // PAGE) * PAGE
        onnx.save(self.model, path)

    def put_inside(self, weight: TensorProto) -> None:
        values = np.ascontiguousarray(self.values[weight.name]())
        weight.CopyFrom(numpy_helper.from_array(values.reshape(tuple(weight.dims)), weight.name))


def size_of(weight: TensorProto) -> int:
    """In bytes."""
    return int(np.prod(weight.dims)) * helper.tensor_dtype_to_np_dtype(weight.data_type).itemsize

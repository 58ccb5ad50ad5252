"""Exports PyTorch to ONNX (fp32 inputs and outputs, fp16 storage, free leading axis) and checks the result."""

import copy
import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from models.training.data.icons import CACHE
from models.training.few_bits import stored_in_few_bits
from models.training.onnx_runtime import InferenceSession

EXPORTS = CACHE / "exports"
OPSET = 18
STORED_AS_HALF = 1024  # tensors of fewer numbers stay fp32: they save nothing
# Of the largest output, between ONNX Runtime and PyTorch on the same (rounded) weights. After 83 steps, a text tower is
# off by 2.6e-4.
TOLERANCE = 5e-4
FEW_BITS_TOLERANCE = (
    0.15  # the same where large matrices are stored in few bits, which the weights here are not rounded to
)


@dataclass
class FewBits:
    """Large matrices are stored in 8 bits (few_bits.py); by words of their names some in 4, and some as they are."""

    four: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()


@dataclass
class Network:
    """One graph: the module, an example of every input by name (leading axis 2), and the names of the outputs."""

    file: str
    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: list[str]
    few_bits: FewBits | None = None  # None: all in fp16
    axes: dict[str, dict[int, str]] = field(default_factory=dict)  # names of free axes after the first, by tensor


def rounded(module: nn.Module) -> nn.Module:
    """A copy with the large weights rounded to fp16 and back: exactly what the file will hold."""
    module = copy.deepcopy(module).float().eval()
    with torch.no_grad():
        for value in (*module.parameters(), *module.buffers()):
            if value.numel() >= STORED_AS_HALF and value.is_floating_point():
                value.copy_(value.half().float())
    return module


def export(network: Network, folder: Path) -> dict:
    """Writes folder/network.file, checks it, returns its entry for bundle.json."""
    module, path = rounded(network.module), folder / network.file
    cached = EXPORTS / f"{digest(network.file, module)}.onnx"
    if not cached.exists():
        EXPORTS.mkdir(parents=True, exist_ok=True)
        onnx.save(halve_storage(traced(network, module)), cached)
    shutil.copy(cached, path)
    interface = check(network, module, path)
    if network.few_bits is not None:
        small = stored_in_few_bits(widened(onnx.load(path)), network.few_bits.four, network.few_bits.exact)
        onnx.save(halve_storage(small), path)
        check(network, module, path, FEW_BITS_TOLERANCE)
    return {"file": network.file, **interface}


def digest(file: str, module: nn.Module) -> str:
    """Identifies the weights of a network: the key of the export cache, because tracing takes up to a minute.

    If only the code of the network changed, `check` fails on the cached graph.
    """
    state = hashlib.sha256(file.encode())
    for name, value in module.state_dict().items():
        state.update(name.encode() + value.numpy().tobytes())
    return state.hexdigest()[:24]


def traced(network: Network, module: nn.Module) -> onnx.ModelProto:
    model = program_of(network, module).model_proto
    rename_outputs(model.graph, network)
    return model


def program_of(network: Network, module: nn.Module) -> torch.onnx.ONNXProgram:
    """The exporter's program, which refers to the module's weights. Its outputs have provisional names."""
    # diffusers' upsampling takes another path from 64 rows on, to the same numbers.
    rows, any_length = torch.export.Dim("n", max=63), torch.export.Dim.DYNAMIC
    free = {name: {0: rows, **dict.fromkeys(network.axes.get(name, {}), any_length)} for name in network.inputs}
    program = torch.onnx.export(
        module,
        tuple(network.inputs.values()),
        input_names=list(network.inputs),
        output_names=[f"result_{name}" for name in network.outputs],
        dynamic_shapes=tuple(free.values()),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    assert program is not None  # with dynamo=True the exporter returns a program
    return program


def rename_outputs(graph: onnx.GraphProto, network: Network) -> None:
    """Gives the outputs of `program_of` their names."""
    rename(graph, {name: f"{name}_inner" for name in network.outputs})
    rename(graph, {f"result_{name}": name for name in network.outputs})


def rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    """Renames values. The exporter may give an output the name of an inner value, which is invalid."""
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in [*graph.output, *graph.initializer]:
        value.name = names.get(value.name, value.name)


def halve_storage(model: onnx.ModelProto) -> onnx.ModelProto:
    """Stores the large fp32 weights as fp16 behind a Cast, which ONNX Runtime folds away when it loads the graph."""
    graph, casts = model.graph, []
    for weight in list(graph.initializer):
        if weight.data_type != onnx.TensorProto.FLOAT or np.prod(weight.dims) < STORED_AS_HALF:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), weight.name + "_fp16")
        casts.append(helper.make_node("Cast", [half.name], [weight.name], to=onnx.TensorProto.FLOAT))
        graph.initializer.remove(weight)
        graph.initializer.append(half)
    for cast in reversed(casts):
        graph.node.insert(0, cast)
    strip(graph)
    onnx.checker.check_model(model)
    return model


def widened(model: onnx.ModelProto) -> onnx.ModelProto:
    """What `halve_storage` made, with its weights in fp32 again."""
    graph, weights = model.graph, {weight.name: weight for weight in model.graph.initializer}
    for cast in [node for node in graph.node if node.op_type == "Cast" and node.input[0] in weights]:
        half = weights[cast.input[0]]
        graph.initializer.append(
            numpy_helper.from_array(numpy_helper.to_array(half).astype(np.float32), cast.output[0])
        )
        graph.initializer.remove(half)
        graph.node.remove(cast)
    return model


def strip(graph: onnx.GraphProto) -> None:
    """Takes away the exporter's stack traces: half of a small file, and other on every machine."""
    del graph.value_info[:]
    for node in graph.node:
        del node.metadata_props[:]
        node.doc_string = ""


def check(network: Network, module: nn.Module, path: Path, tolerance: float = TOLERANCE) -> dict:
    """Runs the file with one and with two rows against PyTorch; returns the declared inputs and outputs."""
    return compare(network, path, expected_outputs(network, module), tolerance)


@torch.no_grad()
def expected_outputs(network: Network, module: nn.Module) -> list[tuple[Tensor, ...]]:
    """PyTorch's, with one and with two rows."""
    made = [module(*(value[:rows] for value in network.inputs.values())) for rows in (1, 2)]
    return [outputs if isinstance(outputs, tuple) else (outputs,) for outputs in made]


def compare(
    network: Network, path: Path, expected_rows: list[tuple[Tensor, ...]], tolerance: float = TOLERANCE
) -> dict:
    """Runs the file against the outputs of `expected_outputs`; returns the declared inputs and outputs."""
    session = InferenceSession(path, providers=["CPUExecutionProvider"])
    made, error = [], 0.0
    for rows, expected in enumerate(expected_rows, start=1):
        given = {name: value[:rows] for name, value in network.inputs.items()}
        outputs = session.run(network.outputs, {name: value.numpy() for name, value in given.items()})
        made = [np.asarray(output) for output in outputs]
        for name, ours, theirs in zip(network.outputs, made, expected, strict=True):
            error = np.abs(ours - theirs.numpy()).max() / max(1.0, theirs.abs().max().item())
            if not error < tolerance:
                raise SystemExit(f"{network.file}: {name} is off by {error:.2e} from PyTorch, more than {tolerance}")
    print(f"{network.file}: {path.stat().st_size / 1e6:.1f} MB, within {error:.1e} of PyTorch")
    return declared(network, dict(zip(network.outputs, made, strict=True)))


def declared(network: Network, outputs: dict[str, np.ndarray]) -> dict:
    """The inputs and outputs as bundle.json names them."""
    types = {torch.float32: "float32", torch.int32: "int32"}

    def shape(name: str, value: Tensor | np.ndarray) -> list:
        free = {0: "n", **network.axes.get(name, {})}
        return [free.get(axis, length) for axis, length in enumerate(value.shape)]

    return {
        "inputs": {
            name: {"dtype": types[value.dtype], "shape": shape(name, value)} for name, value in network.inputs.items()
        },
        "outputs": {name: {"dtype": "float32", "shape": shape(name, value)} for name, value in outputs.items()},
    }

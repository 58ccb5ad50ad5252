"""Reads a folder in diffusers' layout and checks it strictly.

Weights that do not fit draw noise without raising an error, and diffusers only warns of missing or unknown entries. So
every difference from the expected model is reported here, before conversion starts.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

DIFFUSERS_WEIGHTS, TRANSFORMERS_WEIGHTS = "diffusion_pytorch_model.safetensors", "model.safetensors"
TOKENIZERS = ("CLIPTokenizer", "CLIPTokenizerFast")
IMAGE_PROCESSORS = ("CLIPImageProcessor", "CLIPImageProcessorPil", "CLIPFeatureExtractor")


@dataclass(frozen=True)
class Pipeline:
    """What a folder holds that diffusers saves for a pipeline, by the names of its parts."""

    name: str  # the class in model_index.json
    model: str  # whose folder it is, for messages
    networks: Mapping[str, type]
    schedulers: Mapping[str, type] = field(default_factory=dict)
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # names of the classes
    form: Mapping[str, dict] = field(default_factory=dict)  # what makes a part this model's, whatever its size

    def classes(self, part: str) -> tuple[str, ...] | None:
        """The names that model_index.json may give the class of a part; None: the pipeline has no such part."""
        known = self.networks.get(part) or self.schedulers.get(part)
        return (known.__name__,) if known else self.others.get(part)


class Refused(SystemExit):
    """What is wrong with a folder, for the one who brought it. Ends the command."""


class Folder:
    """One pipeline's folder. Every method raises Refused, naming the file and what differs."""

    def __init__(self, path: Path, pipeline: Pipeline, needed: tuple[str, ...]):
        self.path, self.pipeline = path, pipeline
        for name in needed:
            if not (path / name).is_dir():
                raise Refused(f"{path}: the folder {name}/ of {pipeline.name} is missing")
        index = path / "model_index.json"
        if index.exists():
            self.check_index(read_json(index), index)

    def check_index(self, listed: dict, index: Path) -> None:
        if listed.get("_class_name") != self.pipeline.name:
            raise Refused(f"{index}: is of {listed.get('_class_name')}, not {self.pipeline.name}")
        for name, value in listed.items():
            if name.startswith("_"):
                continue
            known = self.pipeline.classes(name)
            if known is None:
                raise Refused(f"{index}: the part {name} is not known")
            if value[1] not in known:
                raise Refused(f"{index}: {name} is of {value[1]}, not {known[0]}")

    def config(self, name: str) -> dict:
        """The configuration of one of diffusers' networks or schedulers, with every default filled in."""
        networks, schedulers = self.pipeline.networks, self.pipeline.schedulers
        kind, file = (
            (networks[name], "config.json") if name in networks else (schedulers[name], "scheduler_config.json")
        )
        path = self.path / name / file
        written = read_json(path)
        if written.get("_class_name") != kind.__name__:
            raise Refused(f"{path}: is of {written.get('_class_name')}, not {kind.__name__}")
        written = {key: value for key, value in written.items() if not key.startswith("_")}
        known = inspect.signature(kind).parameters
        for key in written:
            if key not in known:
                raise Refused(f"{path}: {key} is not known to {kind.__name__} of diffusers {diffusers.__version__}")
        config = {key: written.get(key, parameter.default) for key, parameter in known.items()}
        for key, value in self.pipeline.form.get(name, {}).items():
            found = list(config[key]) if isinstance(config[key], tuple) else config[key]
            if found != value:
                theirs = f"{self.pipeline.model}'s is {json.dumps(value)}"
                raise Refused(f"{path}: {key} is {json.dumps(found)}, {theirs}")
        return config

    def clip_config(self, name: str) -> transformers.PreTrainedConfig:
        """The configuration of one of transformers' networks."""
        kind, path = self.pipeline.networks[name], self.path / name / "config.json"
        written = read_json(path)
        if written.get("architectures") != [kind.__name__]:
            raise Refused(f"{path}: is of {written.get('architectures')}, not {kind.__name__}")
        return kind.config_class.from_dict(written)

    def network(self, name: str) -> Any:
        """The network with its weights, checked by name, shape and finiteness. `networks` gives its class."""
        module = self.without_weights(name)
        expected = module.state_dict()
        weights = dict(self.weights(name))
        kind, file = type(module), self.weights_file(name)
        for key, value in expected.items():
            if key not in weights:
                raise Refused(f"{file}: the tensor {key} is missing")
            if weights[key].shape != value.shape:
                shapes = f"{list(weights[key].shape)}, its config.json asks for {list(value.shape)}"
                raise Refused(f"{file}: the tensor {key} has the shape {shapes}")
        for key, value in weights.items():
            if key not in expected:
                raise Refused(f"{file}: the tensor {key} belongs to no part of {kind.__name__}")
            if not value.isfinite().all():
                raise Refused(f"{file}: the tensor {key} holds NaN or infinity")
        module.load_state_dict(weights, assign=True)
        return module.eval().requires_grad_(False)

    def without_weights(self, name: str) -> Any:
        """The network, whose parameters have shapes only."""
        kind = self.pipeline.networks[name]
        with parameters_on_meta():
            return kind(self.clip_config(name)) if is_clip(kind) else kind(**self.config(name))

    def weights_file(self, name: str) -> Path:
        kind = self.pipeline.networks[name]
        file = self.path / name / (TRANSFORMERS_WEIGHTS if is_clip(kind) else DIFFUSERS_WEIGHTS)
        if not file.exists():
            raise Refused(f"{file}: is missing (other forms, such as .bin, are not read)")
        return file

    def weights(self, name: str) -> Iterator[tuple[str, Tensor]]:
        """The tensors of a file, as fp32 and one by one."""
        file = self.weights_file(name)
        try:
            with safe_open(file, framework="pt") as tensors:
                for key in sorted(tensors.keys()):
                    # Files of older versions of transformers hold the numbers 0, 1, 2, ... too.
                    if not key.endswith(".position_ids"):
                        yield key, tensors.get_tensor(key).float()
        except SafetensorError as error:
            raise Refused(f"{file}: cannot be read as safetensors: {error}") from None


@contextmanager
def parameters_on_meta() -> Iterator[None]:
    """Modules made within have parameters without numbers, which loading would replace anyway. Buffers are made."""
    plain = nn.Module.register_parameter

    def register(self: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        plain(self, name, None if parameter is None else nn.Parameter(parameter.to("meta"), requires_grad=False))

    nn.Module.register_parameter = register  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.register_parameter = plain


def is_clip(kind: type) -> bool:
    """Whether transformers, not diffusers, saves the network."""
    return issubclass(kind, transformers.PreTrainedModel)


def check_same(one: Folder, other: Folder) -> None:
    """The networks that both folders hold must hold the same numbers: those of another version would draw noise."""
    for name in one.pipeline.networks.keys() & other.pipeline.networks.keys():
        if not (other.path / name).is_dir():
            continue
        theirs = dict(other.weights(name))
        for key, value in one.weights(name):
            if key not in theirs or not torch.equal(value, theirs[key]):
                raise Refused(f"{one.path} and {other.path} are not of one version: {name} differs in {key}")


def check_equal(values: dict) -> None:
    """Raises Refused, naming two of them, unless all values are equal."""
    (one, expected), *others = values.items()
    for other, value in others:
        if value != expected:
            raise Refused(f"the parts do not fit together: {one} is {expected}, {other} is {value}")


def read_json(file: Path) -> dict:
    try:
        return json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise Refused(f"{file}: is missing") from None
    except ValueError as error:
        raise Refused(f"{file}: is not JSON: {error}") from None

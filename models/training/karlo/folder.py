"""Reads a folder in diffusers' layout and checks it strictly.

Weights that do not fit draw noise without raising an error, and diffusers only warns of missing or unknown entries. So
every difference from Karlo is reported here, before conversion starts.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import UnCLIPScheduler
from diffusers.pipelines.deprecated.unclip import UnCLIPTextProjModel
from safetensors import SafetensorError, safe_open
from torch import Tensor

TEXT_TO_IMAGE = "UnCLIPPipeline"
VARIATIONS = "UnCLIPImageVariationPipeline"

DIFFUSERS_WEIGHTS, TRANSFORMERS_WEIGHTS = "diffusion_pytorch_model.safetensors", "model.safetensors"
NETWORKS: dict[str, tuple[type, str]] = {
    "prior": (diffusers.PriorTransformer, DIFFUSERS_WEIGHTS),
    "decoder": (diffusers.UNet2DConditionModel, DIFFUSERS_WEIGHTS),
    "text_proj": (UnCLIPTextProjModel, DIFFUSERS_WEIGHTS),
    "super_res_first": (diffusers.UNet2DModel, DIFFUSERS_WEIGHTS),
    "super_res_last": (diffusers.UNet2DModel, DIFFUSERS_WEIGHTS),
    "text_encoder": (transformers.CLIPTextModelWithProjection, TRANSFORMERS_WEIGHTS),
    "image_encoder": (transformers.CLIPVisionModelWithProjection, TRANSFORMERS_WEIGHTS),
}
SHARED = ("decoder", "text_proj", "super_res_first", "super_res_last", "text_encoder")
OTHERS = {
    "tokenizer": ("CLIPTokenizer", "CLIPTokenizerFast"),
    "feature_extractor": ("CLIPImageProcessor", "CLIPImageProcessorPil", "CLIPFeatureExtractor"),
    "prior_scheduler": ("UnCLIPScheduler",),
    "decoder_scheduler": ("UnCLIPScheduler",),
    "super_res_scheduler": ("UnCLIPScheduler",),
}

# What makes a network Karlo's, whatever its width and depth: the engine's stages rest on it.
DOWN, UP = "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnUpBlock2D"
SUPER_RES = {
    "in_channels": 6,
    "out_channels": 3,
    "add_attention": False,
    "time_embedding_type": "positional",
    "resnet_time_scale_shift": "default",
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "down_block_types": ["ResnetDownsampleBlock2D"] * 4,
    "up_block_types": ["ResnetUpsampleBlock2D"] * 4,
}
FORM: dict[str, dict] = {
    "prior": {
        "additional_embeddings": 4,
        "added_emb_type": "prd",
        "encoder_hid_proj_type": "linear",
        "norm_in_type": None,
    },
    "decoder": {
        "in_channels": 3,
        "out_channels": 6,
        "class_embed_type": "identity",
        "resnet_time_scale_shift": "scale_shift",
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "down_block_types": ["ResnetDownsampleBlock2D", DOWN, DOWN, DOWN],
        "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
        "up_block_types": [UP, UP, UP, "ResnetUpsampleBlock2D"],
    },
    "text_proj": {"clip_extra_context_tokens": 4},
    "super_res_first": SUPER_RES,
    "super_res_last": SUPER_RES,
    "prior_scheduler": {"clip_sample": True, "prediction_type": "sample", "variance_type": "fixed_small_log"},
    "decoder_scheduler": {
        "clip_sample": True,
        "clip_sample_range": 1.0,
        "prediction_type": "epsilon",
        "variance_type": "learned_range",
    },
    "super_res_scheduler": {
        "clip_sample": True,
        "clip_sample_range": 1.0,
        "prediction_type": "epsilon",
        "variance_type": "fixed_small_log",
    },
}


class Refused(SystemExit):
    """What is wrong with a folder, for the one who brought it. Ends the command."""


class Folder:
    """One pipeline's folder. Every method raises Refused, naming the file and what differs."""

    def __init__(self, path: Path, pipeline: str, needed: tuple[str, ...]):
        self.path = path
        for name in needed:
            if not (path / name).is_dir():
                raise Refused(f"{path}: the folder {name}/ of {pipeline} is missing")
        index = path / "model_index.json"
        if index.exists():
            self.check_index(read_json(index), index, pipeline)

    def check_index(self, listed: dict, index: Path, pipeline: str) -> None:
        if listed.get("_class_name") != pipeline:
            raise Refused(f"{index}: is of {listed.get('_class_name')}, not {pipeline}")
        for name, value in listed.items():
            if name.startswith("_"):
                continue
            known = (NETWORKS[name][0].__name__,) if name in NETWORKS else OTHERS.get(name)
            if known is None:
                raise Refused(f"{index}: the part {name} is not known")
            if value[1] not in known:
                raise Refused(f"{index}: {name} is of {value[1]}, not {known[0]}")

    def config(self, name: str) -> dict:
        """The configuration of one of diffusers' networks or schedulers, with every default filled in."""
        kind, file = (
            (NETWORKS[name][0], "config.json") if name in NETWORKS else (UnCLIPScheduler, "scheduler_config.json")
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
        for key, value in FORM[name].items():
            found = list(config[key]) if isinstance(config[key], tuple) else config[key]
            if found != value:
                raise Refused(f"{path}: {key} is {json.dumps(found)}, Karlo's is {json.dumps(value)}")
        return config

    def clip_config(self, name: str) -> transformers.PreTrainedConfig:
        """The configuration of one of transformers' networks."""
        kind, path = NETWORKS[name][0], self.path / name / "config.json"
        written = read_json(path)
        if written.get("architectures") != [kind.__name__]:
            raise Refused(f"{path}: is of {written.get('architectures')}, not {kind.__name__}")
        return kind.config_class.from_dict(written)

    def network(self, name: str) -> Any:
        """The network with its weights, checked by name, shape and finiteness. NETWORKS gives its class."""
        kind, _ = NETWORKS[name]
        clip = issubclass(kind, transformers.PreTrainedModel)
        module = kind(self.clip_config(name)) if clip else kind(**self.config(name))
        expected = module.state_dict()
        weights = dict(self.weights(name))
        file = self.weights_file(name)
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

    def weights_file(self, name: str) -> Path:
        file = self.path / name / NETWORKS[name][1]
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


def check_same(one: Folder, other: Folder) -> None:
    """The parts that both folders hold must hold the same numbers: those of another version would draw noise."""
    for name in SHARED:
        if not (other.path / name).is_dir():
            continue
        theirs = dict(other.weights(name))
        for key, value in one.weights(name):
            if key not in theirs or not torch.equal(value, theirs[key]):
                raise Refused(f"{one.path} and {other.path} are not of one version: {name} differs in {key}")


def read_json(file: Path) -> dict:
    try:
        return json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise Refused(f"{file}: is missing") from None
    except ValueError as error:
        raise Refused(f"{file}: is not JSON: {error}") from None

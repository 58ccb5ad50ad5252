"""Reference numbers: diffusers' pipelines, given the engine's noise and schedules in float64."""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from models.training.importing.noise import normal
from models.training.tensor_file import save_tensors

APPLE = "a red apple on a blue background"
LONG = " ".join(["a shiba inu wearing a beret and black turtleneck, on a blue background"] * 4)
UNICODE = "un café crème, naïve über 東京 \U0001f34e — æther?"

STATES_STRIDE, PICTURE_STRIDE = 7, 61  # primes: every channel and column comes up

Observe = Callable[[str, Tensor, int, Tensor], object]


def wave(width: int, height: int) -> np.ndarray:
    """A picture by formula (height, width, 3), bytes."""
    x, y, channel = np.meshgrid(np.arange(width), np.arange(height), np.arange(3), indexing="xy")
    return np.floor(127.5 * (1 + np.sin(x / (9 + channel)) * np.cos(y / 7 - channel)) + 0.5).astype(np.uint8)


def batch(seeds: list[int], stream: str, shape: tuple[int, ...]) -> Tensor:
    return torch.stack([normal(seed, stream, tuple(shape)) for seed in seeds])


def in_range(pictures: Any) -> Tensor:
    """A pipeline's pictures (n, H, W, 3) in [0, 1] -> (n, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2) * 2 - 1


def stock_numbers(pictures: Tensor, place: str) -> dict[str, Tensor]:
    """Pictures (n, 3, H, W) of unchanged pipelines."""
    return {f"{place}/{i}/stock": thin(picture, PICTURE_STRIDE) for i, picture in enumerate(pictures)}


def save_numbers(numbers: dict[str, Tensor], described: dict, path: Path) -> None:
    """Writes path.safetensors, and path.json with the cases that the numbers are of."""
    tensors = {name: value.contiguous() for name, value in numbers.items()}
    save_tensors(tensors, path.with_suffix(".safetensors"))
    path.with_suffix(".json").write_text(json.dumps(described, indent=2) + "\n")


def random_model(folder: Path, name: str, module: str) -> dict:
    """The licence, precision and facts of a small model with random weights, as its converter takes them.

    folder: where the text of the licence is written. module: the one that makes the weights.
    """
    terms = folder / "LICENSE"
    terms.write_text(f"Random weights, made by {module.replace('.', '/')}.py: free of any terms.\n")
    facts = {"name": name, "version": "1.0.0", "licence": "none", "attribution": "Random weights."}
    return {"terms": terms, "kind": "fp32", "facts": facts}


def thin(values: Tensor, stride: int) -> Tensor:
    return values.reshape(-1)[::stride].clone()


def caption_numbers(tokenizer: Any, encoder: Any, caption: str, place: str) -> dict[str, Tensor]:
    """What a text encoder makes of a caption, as tensors whose names start with `place`."""
    length = tokenizer.model_max_length
    tokens = tokenizer([caption], padding="max_length", max_length=length, truncation=True, return_tensors="pt")
    encoded = encoder(tokens.input_ids)
    return {
        f"{place}/tokens": tokens.input_ids[0].float(),
        f"{place}/mask": tokens.attention_mask[0].float(),
        f"{place}/embedding": encoded.text_embeds[0].clone(),
        f"{place}/states": thin(encoded.last_hidden_state, STATES_STRIDE),
    }


def exact(scheduler: Any) -> Any:
    """The scheduler with its tables in float64. diffusers' float32 tables are off by up to 5e-4."""
    scheduler.betas = torch.tensor(betas(scheduler.config), dtype=torch.float64)
    scheduler.alphas = 1 - scheduler.betas
    scheduler.alphas_cumprod = scheduler.alphas.cumprod(0)
    scheduler.one = scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    return scheduler


def betas(config: Any) -> list[float]:
    """Without `beta_schedule` they are UnCLIPScheduler's, the cosine."""
    steps, kind = config.num_train_timesteps, config.get("beta_schedule", "squaredcos_cap_v2")

    def signal(u: float) -> float:
        return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    if kind == "squaredcos_cap_v2":
        return [min(1 - signal((i + 1) / steps) / signal(i / steps), 0.999) for i in range(steps)]
    power = {"linear": 1, "scaled_linear": 2}[kind]
    first, last = config.beta_start ** (1 / power), config.beta_end ** (1 / power)
    return [(first + (last - first) * i / (steps - 1)) ** power for i in range(steps)]


def streamed(scheduler: Any, stream: str, seeds: list[int], results: dict, key: str, before: Observe | None = None):
    """Replaces the noise of each scheduler step by the engine's stream, and stores the last output in `results`.

    Every call of set_timesteps starts the stream again. before: gets the step's name, its model output, timestep and
    sample.
    """
    plain, start, calls = scheduler.step, scheduler.set_timesteps, iter(())
    # A subclass has its noise from the module of diffusers' class.
    modules = [kind.__module__ for kind in type(scheduler).__mro__]
    randn = f"{next(name for name in modules if hasattr(sys.modules[name], 'randn_tensor'))}.randn_tensor"

    def set_timesteps(*given, **options):
        nonlocal calls
        calls = iter(range(1, 1001))
        return start(*given, **options)

    def step(model_output: Tensor, timestep: Tensor, sample: Tensor, **options):
        name = f"{stream}/step/{next(calls)}"
        if before is not None:
            before(name, model_output, int(timestep), sample)
        with mock.patch(randn, lambda shape, **_: batch(seeds, name, shape[1:])):
            answer = plain(model_output, timestep=int(timestep), sample=sample, **{**options, "return_dict": True})
        results[key] = answer.prev_sample
        return answer if options.get("return_dict", True) else (answer.prev_sample,)

    scheduler.step, scheduler.set_timesteps = step, set_timesteps

"""Golden numbers for schedules, timestep spacings and predictions: what diffusers' schedulers give.

    python -m models.training.golden.schedulers     writes test/golden/schedulers.json

Each case holds the `scheduler` of bundle.json, levels of its schedule, its timesteps and a trajectory. The network is a
formula, sin(3 x + t / 250). The trajectories run in float64; the schedules are diffusers' own, in float32.
"""

import json
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from diffusers.schedulers import DDIMScheduler, DDPMScheduler
from torch import Tensor

from models.training.golden.diffusion import plain

FILE = Path("test/golden/schedulers.json")
LEVELS = [0, 1, 250, 500, 981, 999]
COUNTS = [2, 5, 7, 25, 30, 50, 100, 150]
KANDINSKY = {"beta_schedule": "linear", "beta_start": 0.00085, "beta_end": 0.012}
STABLE = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
COSINE = {"beta_schedule": "squaredcos_cap_v2"}
LEADING = {"timestep_spacing": "leading", "steps_offset": 1}
CLIP = {"clip_sample": True, "clip_sample_range": 1.0}
NO_CLIP = {"clip_sample": False}
CASES: list[tuple[str, int, dict[str, Any]]] = [
    ("ddpm", 5, {**KANDINSKY, **LEADING, **CLIP, "prediction_type": "epsilon", "variance_type": "fixed_small"}),
    ("ddpm", 5, {**KANDINSKY, **LEADING, **NO_CLIP, "prediction_type": "epsilon", "variance_type": "fixed_small"}),
    (
        "ddpm",
        7,
        {**COSINE, **CLIP, "timestep_spacing": "linspace", "prediction_type": "sample", "variance_type": "fixed_large"},
    ),
    ("ddim", 6, {**STABLE, **LEADING, **NO_CLIP, "prediction_type": "v_prediction"}),
    ("ddim", 4, {**STABLE, **NO_CLIP, "timestep_spacing": "trailing", "prediction_type": "v_prediction"}),
    # DDIMScheduler steps to t - 1000 // n, which is not the next timestep of the spacing "linspace".
    ("ddim", 5, {**COSINE, **CLIP, **LEADING, "prediction_type": "sample"}),
]


def declared(options: dict[str, Any]) -> dict:
    """The options as `scheduler` of bundle.json."""
    keys = {
        "betaSchedule": "beta_schedule",
        "betaStart": "beta_start",
        "betaEnd": "beta_end",
        "timestepSpacing": "timestep_spacing",
        "stepsOffset": "steps_offset",
        "predictionType": "prediction_type",
        "varianceType": "variance_type",
        "clipSampleRange": "clip_sample_range",
    }
    named = {ours: options[theirs] for ours, theirs in keys.items() if theirs in options}
    return {"numTrainTimesteps": 1000, "varianceType": "fixed_small", **named}


def case(sampler: str, count: int, options: dict[str, Any], start: Tensor, noise: list[Tensor]) -> dict:
    made: Any = (DDPMScheduler if sampler == "ddpm" else DDIMScheduler)(**options)
    timesteps = {}
    for steps in COUNTS:
        made.set_timesteps(steps)
        timesteps[str(steps)] = made.timesteps.tolist()
    made.set_timesteps(count)
    x, path = start, []
    # The engine's noise is what a clamped x0 leaves of x.
    clipped = {"use_clipped_model_output": True} if sampler == "ddim" else {}
    for i, t in enumerate(made.timesteps):
        output = torch.sin(3 * x + t / 250)
        with mock.patch("diffusers.schedulers.scheduling_ddpm.randn_tensor", return_value=noise[i]):
            x = made.step(output, t, x, **clipped).prev_sample
        path.append(x.numpy())
    return {
        "sampler": sampler,
        "steps": count,
        "scheduler": declared(options),
        "levels": {str(t): made.alphas_cumprod[t].item() for t in LEVELS},
        "timesteps": timesteps,
        "trajectory": path,
    }


def main() -> None:
    generator = torch.Generator().manual_seed(5)
    start, *noise = (torch.randn(1, 6, generator=generator, dtype=torch.float64) for _ in range(8))
    numbers = {
        "command": "python -m models.training.golden.schedulers",
        "start": start.numpy(),
        "noise": [each.numpy() for each in noise],
        "cases": [case(*given, start, noise) for given in CASES],
    }
    FILE.write_text(json.dumps(plain(numbers)) + "\n")


if __name__ == "__main__":
    main()

"""Runs diffusers' schedulers along the golden trajectories of models/training/golden/diffusion.py.

The schedulers get the schedules in float64, because their own are float32. With them all agree to 1e-14, except
DPM-Solver: it rounds its sigmas to float32, and agrees to 4e-7.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from diffusers.schedulers import DDIMInverseScheduler, DDIMScheduler, DPMSolverMultistepScheduler, UnCLIPScheduler

from models.training.golden.diffusion import golden, pairs
from models.training.golden.toy import EVEN, LEARNED, Levels, lambda_timesteps, timesteps

# (x_t, i, t, s) -> x_s, the i-th step of a trajectory
Step = Callable[[np.ndarray, int, int, int], np.ndarray]
# (x_t, t) -> the output of the network
Output = Callable[[np.ndarray, int], np.ndarray]

TOLERANCE = 1e-6
NUMBERS: dict[str, Any] = golden()
START, NOISE = NUMBERS["start"], NUMBERS["noise"]
COSINE, LINEAR = NUMBERS["schedules"]["cosine"], NUMBERS["schedules"]["linear"]
TOY, TOY_LINEAR = Levels(COSINE), Levels(LINEAR)
NETWORK = TOY.mixture("conditional")
SPACED = lambda_timesteps(TOY, 15)


def in_float64(scheduler: Any, alphas_cumprod: np.ndarray) -> Any:
    scheduler.alphas_cumprod = torch.tensor(alphas_cumprod)
    scheduler.alphas = torch.tensor(alphas_cumprod / np.append(1.0, alphas_cumprod[:-1]))
    scheduler.betas = 1 - scheduler.alphas
    return scheduler


def run(steps: Sequence[int], step: Step) -> list[np.ndarray]:
    trajectory = [START]
    for i, (t, s) in enumerate(pairs(steps)):
        trajectory.append(np.asarray(step(trajectory[-1], i, t, s)))
    return trajectory


def ddpm(output: Output, **options: Any) -> Step:
    scheduler = in_float64(UnCLIPScheduler(**options), COSINE)

    def step(x: np.ndarray, i: int, t: int, s: int) -> np.ndarray:
        noise = torch.tensor(NOISE[i])
        with mock.patch("diffusers.schedulers.scheduling_unclip.randn_tensor", return_value=noise):
            # The pipeline passes no previous timestep on the last step either.
            previous = s if s >= 0 else None
            return scheduler.step(torch.tensor(output(x, t)), t, torch.tensor(x), prev_timestep=previous).prev_sample

    return step


def ddim(alphas_cumprod: np.ndarray, levels: Levels, eta: float) -> Step:
    scheduler = in_float64(DDIMScheduler(prediction_type="sample", clip_sample=False), alphas_cumprod)
    scheduler.set_timesteps(len(EVEN))
    denoise = levels.mixture("conditional")

    def step(x: np.ndarray, i: int, t: int, s: int) -> np.ndarray:
        noise = torch.tensor(NOISE[i]) if eta else None
        output = torch.tensor(denoise(x, t))
        return scheduler.step(output, t, torch.tensor(x), eta=eta, variance_noise=noise).prev_sample

    return step


def dpm_solver(alphas_cumprod: np.ndarray, levels: Levels, steps: Sequence[int]) -> Step:
    scheduler = DPMSolverMultistepScheduler(prediction_type="sample", final_sigmas_type="zero")
    in_float64(scheduler, alphas_cumprod)
    scheduler.set_timesteps(timesteps=list(steps))
    scheduler.sigmas = torch.tensor([levels.sigma(t) / levels.alpha(t) for t in steps] + [0.0], dtype=torch.float64)
    denoise = levels.mixture("conditional")

    def step(x: np.ndarray, i: int, t: int, s: int) -> np.ndarray:
        output: Any = scheduler.step(torch.tensor(denoise(x, t)), t, torch.tensor(x))
        return output.prev_sample

    return step


def six_channels(x: np.ndarray, t: int) -> np.ndarray:
    """The network's epsilon and, beside it, the learned variance."""
    return np.concatenate([TOY.epsilon(x, NETWORK(x, t), t), np.tanh(x)], 1)


TRAJECTORIES: dict[str, tuple[Sequence[int], Step]] = {
    "ddpm": (timesteps(7), ddpm(NETWORK, prediction_type="sample", clip_sample_range=0.7)),
    "ddpm-learned-range": (LEARNED, ddpm(six_channels, variance_type="learned_range", clip_sample_range=0.55)),
    "ddim": (EVEN, ddim(LINEAR, TOY_LINEAR, 0.0)),
    "ddim-eta": (EVEN, ddim(COSINE, TOY, 0.7)),
    "dpm-solver++": (timesteps(8), dpm_solver(COSINE, TOY, timesteps(8))),
    "dpm-solver++-linear": (timesteps(8), dpm_solver(LINEAR, TOY_LINEAR, timesteps(8))),
    "dpm-solver++-lambda": (SPACED, dpm_solver(COSINE, TOY, SPACED)),
}


@pytest.mark.parametrize("name", TRAJECTORIES)
def test_diffusers_agrees_with_the_golden_trajectory(name: str) -> None:
    assert_close(name, run(*TRAJECTORIES[name]))


def test_diffusers_agrees_with_the_golden_inversion() -> None:
    """Their step to t takes the network's epsilon at the level below t; the picture stands at the lowest timestep."""
    scheduler = in_float64(DDIMInverseScheduler(prediction_type="epsilon", clip_sample=False), COSINE)
    scheduler.set_timesteps(len(EVEN))
    up = EVEN[::-1]
    trajectory = [TOY.alpha(up[0]) * NUMBERS["picture"]]
    for s, t in pairwise(up):
        x = trajectory[-1]
        epsilon = torch.tensor(TOY.epsilon(x, NETWORK(x, s), s))
        trajectory.append(np.asarray(scheduler.step(epsilon, t, torch.tensor(x)).prev_sample))
    assert_close("inversion", trajectory)


def assert_close(name: str, trajectory: list[np.ndarray]) -> None:
    for ours, theirs in zip(NUMBERS["trajectories"][name], trajectory, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=TOLERANCE)

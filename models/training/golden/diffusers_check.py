"""Walks diffusers' own schedulers along the golden trajectories of diffusion.py, to show that both mean the same.

    pip install diffusers==0.33.1 torch && python models/training/golden/diffusers_check.py

0.33.1 is the last release that supports unCLIP. The schedulers get the float64 schedules (their own are float32), after which
all agree to 1e-14, but DPM-Solver to 4e-7, since it rounds sigmas inside.
"""

from unittest import mock

import diffusers
import numpy as np
import torch
from diffusers.schedulers import DDIMInverseScheduler, DDIMScheduler, DPMSolverMultistepScheduler, UnCLIPScheduler
from diffusion import EVEN, LEARNED, Levels, golden, lambda_timesteps, pairs, timesteps

numbers = golden()
start, noise, trajectories = numbers["start"], numbers["noise"], numbers["trajectories"]
cosine, linear = numbers["schedules"]["cosine"], numbers["schedules"]["linear"]
toy, toy_linear = Levels(cosine), Levels(linear)
net = toy.mixture("conditional")
tensor = torch.tensor


def made(kind, ab, **options):
    scheduler = kind(**options)
    scheduler.alphas_cumprod = tensor(ab)
    scheduler.alphas = tensor(ab / np.append(1.0, ab[:-1]))
    scheduler.betas = 1 - scheduler.alphas
    return scheduler


def walk(steps, step, x=start):
    path = [x]
    for i, (t, s) in enumerate(pairs(steps)):
        x = np.asarray(step(x, i, t, s))
        path.append(x)
    return path


def compare(name, path):
    worst = max(np.abs(ours - theirs).max() for ours, theirs in zip(trajectories[name], path, strict=True))
    print(f"diffusers {diffusers.__version__}  {name}: {worst:.1e}")
    assert worst < 1e-6, name


def ddpm(output, **options):
    scheduler = made(UnCLIPScheduler, cosine, **options)

    def step(x, i, t, s):
        with mock.patch("diffusers.schedulers.scheduling_unclip.randn_tensor", lambda *_, **__: tensor(noise[i])):
            # As the pipeline does it: no previous timestep on the last step.
            return scheduler.step(tensor(output(x, t)), t, tensor(x), prev_timestep=s if s >= 0 else None).prev_sample

    return step


def ddim(ab, levels, eta):
    scheduler = made(DDIMScheduler, ab, prediction_type="sample", clip_sample=False)
    scheduler.set_timesteps(len(EVEN))
    denoise = levels.mixture("conditional")

    def step(x, i, t, s):
        fresh = tensor(noise[i]) if eta else None
        return scheduler.step(tensor(denoise(x, t)), t, tensor(x), eta=eta, variance_noise=fresh).prev_sample

    return step


def inversion():
    """Their step to t takes the network's epsilon as that of the level below t; the picture stands at the lowest timestep."""
    scheduler = made(DDIMInverseScheduler, cosine, prediction_type="epsilon", clip_sample=False)
    scheduler.set_timesteps(len(EVEN))
    up = EVEN[::-1]
    x = toy.alpha(up[0]) * numbers["picture"]
    path = [x]
    for s, t in zip(up, up[1:]):
        x = np.asarray(scheduler.step(tensor(toy.epsilon(x, net(x, s), s)), t, tensor(x)).prev_sample)
        path.append(x)
    return path


def dpm_solver(ab, levels, steps):
    scheduler = made(DPMSolverMultistepScheduler, ab, prediction_type="sample", final_sigmas_type="zero")
    scheduler.set_timesteps(timesteps=steps)
    scheduler.sigmas = tensor([levels.sigma(t) / levels.alpha(t) for t in steps] + [0.0], dtype=torch.float64)
    denoise = levels.mixture("conditional")
    return lambda x, i, t, s: scheduler.step(tensor(denoise(x, t)), t, tensor(x)).prev_sample


def six_channels(x, t):
    return np.concatenate([toy.epsilon(x, net(x, t), t), np.tanh(x)], 1)


compare("ddpm", walk(timesteps(7), ddpm(net, prediction_type="sample", clip_sample_range=0.7)))
compare("ddpm-learned-range", walk(LEARNED, ddpm(six_channels, variance_type="learned_range", clip_sample_range=0.55)))
compare("ddim", walk(EVEN, ddim(linear, toy_linear, 0.0)))
compare("ddim-eta", walk(EVEN, ddim(cosine, toy, 0.7)))
compare("inversion", inversion())
compare("dpm-solver++", walk(timesteps(8), dpm_solver(cosine, toy, timesteps(8))))
compare("dpm-solver++-linear", walk(timesteps(8), dpm_solver(linear, toy_linear, timesteps(8))))
spaced = lambda_timesteps(toy, 15)
compare("dpm-solver++-lambda", walk(spaced, dpm_solver(cosine, toy, spaced)))

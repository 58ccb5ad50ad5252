"""The training loop of every stage: budget, EMA, checkpoints that survive a kill, log, progress bar, sample sheets."""

import copy
import json
import math
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from models.training.data.icons import CACHE
from models.training.mixed_precision import attention, autocast, precision

RUNS = CACHE / "runs"
Model = TypeVar("Model", bound=nn.Module)


class Task(Protocol[Model]):
    """What a stage brings to the loop."""

    name: str
    config: dict  # learning_rate, ema, seed and whatever shapes the network: written into the checkpoint
    model: Model

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]: ...

    def sheet(self, model: Model, path: Path) -> None: ...


# Weights by parameter name (the others keep the network's initialisation), and the record of their training.
Initial = tuple[dict[str, Tensor], dict]


def seeded(seed: int, step: int) -> tuple[np.random.Generator, torch.Generator]:
    """Fresh generators for one step: a resumed run draws what an uninterrupted one would have drawn."""
    return np.random.default_rng([seed, step]), torch.Generator().manual_seed(seed * 1_000_003 + step)


def load(name: str) -> dict:
    """A stage's checkpoint, with the averaged weights under `ema`."""
    path = RUNS / name / "checkpoint.pt"
    if not path.exists():
        raise SystemExit(f"{name} is not trained yet: no {path}. Run: python -m models.training.train {name}")
    return torch.load(path, map_location="cpu", weights_only=True)


def save(path: Path, state: dict) -> None:
    """Whole or not at all: a kill while writing leaves the previous checkpoint in place."""
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)


class Ema(Generic[Model]):
    """Exponential moving average of the weights; short-sighted at first, so that early sheets show something."""

    def __init__(self, model: Model, decay: float):
        self.model: Model = copy.deepcopy(model).requires_grad_(False).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, model: Model, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.model.parameters()), list(model.parameters()), 1 - decay)
        for mine, theirs in zip(self.model.buffers(), model.buffers(), strict=True):
            mine.copy_(theirs)


def begin(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Loads what is there; says what is not, because a network that changed its shape learns that part anew."""
    unknown = model.load_state_dict(weights, strict=False)
    fresh = [name for name in unknown.missing_keys if name in dict(model.named_parameters())]
    print(f"begun from {len(weights)} shipped parameters; fresh: {', '.join(fresh) or 'none'}", file=sys.stderr)


def learning_rate(progress: float, peak: float) -> float:
    """Warm-up over the first 4% of the budget, then a cosine down to 2% of the peak at its end."""
    return peak * min(1.0, 0.02 + progress / 0.04) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))


def record(task: Task, device: str, digest: str, budget: dict, begun_from: dict | None) -> dict:
    return {
        "stage": task.name,
        "config": task.config,
        "data": digest,
        "budget": budget,
        "parameters": sum(p.numel() for p in task.model.parameters()),
        "device": device,
        "precision": precision(device),
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "machine": platform.processor() or platform.machine(),
        **({} if begun_from is None else {"from": begun_from}),
    }


def train(
    task: Task[Model],
    *,
    device: str,
    digest: str,
    minutes: float,
    steps: int | None,
    initial: Callable[[str], Initial] | None = None,
    sheet_minutes: float = 5,
) -> None:
    """Trains until `minutes` of computing (over all resumed runs together) or `steps` are spent.

    initial: from a stage's name to what a first run begins with.
    """
    folder = RUNS / task.name
    folder.mkdir(parents=True, exist_ok=True)
    model = task.model.to(device).train()
    begun_from = None
    if initial is not None and not (folder / "checkpoint.pt").exists():
        weights, begun_from = initial(task.name)
        begin(model, weights)
    ema = Ema(model, task.config["ema"])
    optimiser = torch.optim.AdamW(
        model.parameters(), task.config["learning_rate"], (0.9, 0.99), weight_decay=0.01, fused=True
    )
    step, spent, checkpoint = 0, 0.0, folder / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        ema.model.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent, begun_from = state["step"], state["seconds"], state["record"].get("from")
        print(f"{task.name}: resumed at step {step}, {spent / 60:.1f} minutes in", file=sys.stderr)
    facts = record(task, device, digest, {"minutes": minutes, "steps": steps}, begun_from)
    (folder / "record.json").write_text(json.dumps(facts, indent=1) + "\n")

    def save_checkpoint() -> None:
        state = {"model": model.state_dict(), "ema": ema.model.state_dict(), "optimiser": optimiser.state_dict()}
        save(checkpoint, {**state, "step": step, "seconds": spent, "record": facts})

    started, last = time.monotonic() - spent, {"log": 0.0, "checkpoint": time.monotonic(), "sheet": time.monotonic()}
    averages: dict[str, float] = {}
    while True:
        spent = time.monotonic() - started
        progress = max(spent / (minutes * 60), step / steps if steps else 0.0)
        if progress >= 1:
            break
        metrics = optimise(task, optimiser, device, step, progress)
        step += 1
        ema.update(model, step)
        averages |= {key: averages.get(key, float(m)) * 0.98 + float(m) * 0.02 for key, m in metrics.items()}
        if not math.isfinite(averages["loss"]):
            raise SystemExit(f"{task.name}: the loss is no longer finite at step {step}")
        now = time.monotonic()
        if now - last["log"] > 5:
            last["log"] = now
            entry = {"step": step, "seconds": round(spent, 1), **{k: round(v, 5) for k, v in averages.items()}}
            report(folder, task.name, progress, entry)
        if now - last["checkpoint"] > 60:
            last["checkpoint"] = now
            save_checkpoint()
        if now - last["sheet"] > sheet_minutes * 60:
            last["sheet"] = now
            task.sheet(ema.model, folder / f"sheet-{step:06d}.png")
    save_checkpoint()
    task.sheet(ema.model, folder / f"sheet-{step:06d}.png")
    print(f"\n{task.name}: {step} steps in {spent / 60:.1f} minutes", file=sys.stderr)


def optimise(
    task: Task[Model], optimiser: torch.optim.Optimizer, device: str, step: int, progress: float
) -> dict[str, Tensor]:
    """Takes one optimiser step; returns the loss and the task's metrics."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(progress, task.config["learning_rate"])
    rng, generator = seeded(task.config["seed"], step)
    with autocast(device), attention(device):
        loss, metrics = task.loss(rng, generator, progress)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(task.model.parameters(), 1.0)
    optimiser.step()
    return {"loss": loss.detach(), **metrics}


def report(folder: Path, name: str, progress: float, entry: dict) -> None:
    """Appends the entry to log.jsonl and shows the progress: a bar on a terminal, otherwise a line."""
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(entry) + "\n")
    done = int(progress * 30)
    facts = " ".join(f"{key} {value:.4g}" for key, value in entry.items() if key != "seconds")
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{name} [{'#' * done}{'.' * (30 - done)}] {progress:4.0%} {facts}", end=end, file=sys.stderr, flush=True)

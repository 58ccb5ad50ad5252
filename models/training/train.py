"""Trains one stage, or all in order:  python -m models.training.train clip|...|all [--minutes M] [--steps N]

Every stage resumes from its checkpoint in models/training/cache/runs/<stage>; delete that folder to start again. Where
there is none, `--from models/training/checkpoints` begins with the weights stored there (compact.py).
"""

import argparse
from pathlib import Path

import torch

from models.training import compact
from models.training.context import Context
from models.training.loop import Initial, train
from models.training.stages import APART, STAGES


def begun_from(stage: str, folder: Path) -> Initial:
    """What a stage begins with: its file in a folder of checkpoints."""
    path = folder / f"{stage}.safetensors"
    if not path.exists():
        raise SystemExit(f"no weights for {stage}: {path} does not exist")
    return compact.load(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=[*STAGES, *APART, "all"])
    parser.add_argument("--minutes", type=float, help="wall-clock budget of the stage, all resumed runs together")
    parser.add_argument("--steps", type=int, help="step budget; the earlier of the two ends the run")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--threads", type=int, help="CPU threads (default: PyTorch's choice)")
    parser.add_argument("--from", dest="weights", type=Path, help="a folder whose weights a first run begins with")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = options.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    initial = None if options.weights is None else lambda name: begun_from(name, options.weights)
    context = Context(device)
    for name in STAGES if options.stage == "all" else [options.stage]:
        task, default_minutes = (STAGES | APART)[name]
        minutes = options.minutes or (1e9 if options.steps else default_minutes)
        train(
            task(context),
            device=device,
            digest=context.icons.digest,
            minutes=minutes,
            steps=options.steps,
            initial=initial,
        )


if __name__ == "__main__":
    main()

"""Runs the parts of a measurement, each in a process of its own, so that its peak of memory is its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

STEP = Path(__file__).with_name("step.ts")
# As the engine starts the process of one network (models/onnx/isolated.ts).
HUGE_PAGES = "glibc.malloc.hugetlb=1"
RETURN_BLOCKS = f"{HUGE_PAGES}:glibc.malloc.mmap_threshold=4194304"


def child(module: str, *arguments: str) -> Any:
    """What a Python program prints as JSON in its last line."""
    return last_line(sys.executable, "-W", "ignore", "-m", module, *arguments)


def last_line(*command: str, environment: dict[str, str] | None = None) -> Any:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def measured(name: str, folder: Path, precision: str, cycles: int, stays: bool) -> dict:
    """name: FAMILY/NETWORK. folder: holds the network meanwhile, or from then on."""
    shutil.rmtree(folder, ignore_errors=True)
    module, step = "models.training.full_size.step", (name, str(folder))
    try:
        exported = child(module, "export", *step, precision)
        malloc = RETURN_BLOCKS if name.endswith(("/encode", "/decode")) else HUGE_PAGES
        engine = ("npx", "tsx", str(STEP), str(folder), str(exported["size"]), str(cycles))
        return {
            "export": exported,
            "engine": last_line(*engine, environment={**os.environ, "GLIBC_TUNABLES": malloc}),
            "torch": child(module, "torch", *step),
            "load": round(os.getloadavg()[0], 1),
        }
    finally:
        if not stays:
            shutil.rmtree(folder, ignore_errors=True)

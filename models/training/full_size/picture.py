"""Draws a picture of 512 pixels by the command line, and measures the memory of its processes."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[3]
CLI = ("node", "--import", "tsx", str(ROOT / "functions/cli/main.ts"), "generate", "a red cat, 4k photo")
PICTURE = ("--size", "512", "--seed", "1", "--json")
INTERVAL = 0.1  # seconds between two looks at memory


def picture(bundle: Path, out: Path, steps: int, memory: str) -> dict:
    """memory: all networks open, or one at a time. steps: of the decoder."""
    options = ("--bundle", str(bundle), "--steps", str(steps), "--memory", memory, "--out", str(out))
    start = time.perf_counter()
    process = subprocess.Popen((*CLI, *PICTURE, *options), cwd=ROOT, stdout=sys.stderr)
    peak = peak_memory(process)
    if process.returncode != 0:
        raise SystemExit(f"the command line ended with {process.returncode}")
    return {"steps": steps, "memory": memory, "seconds": time.perf_counter() - start, "peak": peak}


def peak_memory(process: subprocess.Popen) -> int:
    """The most bytes that the process and its descendants were resident with at one time. Waits for its end."""
    most = 0
    while process.poll() is None:
        most = max(most, sum(resident(number) for number in tree(process.pid)))
        time.sleep(INTERVAL)
    return most


def tree(number: int) -> list[int]:
    """The process and its descendants. Children belong to the thread that made them: the engine's is a worker."""
    children: list[str] = []
    for thread in Path(f"/proc/{number}/task").glob("*"):
        with suppress(OSError):  # it ended meanwhile
            children += (thread / "children").read_text().split()
    return [number, *(below for child in children for below in tree(int(child)))]


def resident(number: int) -> int:
    """In bytes; pages that several processes share count once for each of them."""
    try:
        status = Path(f"/proc/{number}/status").read_text()
    except FileNotFoundError:
        return 0
    rows = dict(line.split(":", 1) for line in status.splitlines())
    return int(rows["VmRSS"].split()[0]) * 1024 if "VmRSS" in rows else 0

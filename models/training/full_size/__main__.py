"""Exports the networks of published models at their real shapes with random weights, and runs a step of each.

    npm run research:full-size -- FOLDER [FAMILY[/NETWORK]...] [--precision fp16] [--cycles 1]
    npm run research:full-size -- FOLDER --picture [--steps 4] [--memory one] [--precision fp16]

Needs no download. Each network is exported into FOLDER by its importer, run in the engine and in PyTorch (eager, fp32),
every time in a process of its own, and removed. Results are added to FOLDER/PRECISION.json, and a later run goes on
where one was stopped. Networks of guidance run both of its halves. With --cycles N the engine opens and releases a
network N times and reports the memory of its process after each. --picture does the same with the networks of
Kandinsky 2.2 that draw captions, keeps them, and draws 512 pixels. Results: docs/reports/performance.md.
"""

import argparse
import json
from pathlib import Path

from models.training.full_size.children import child, measured
from models.training.full_size.kandinsky import DRAWING, MODEL, assemble
from models.training.full_size.picture import picture


def main() -> None:
    parser = argparse.ArgumentParser(prog="npm run research:full-size --")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="FAMILY[/NETWORK]")
    parser.add_argument("--precision", default="fp32", choices=("fp32", "fp16"))
    parser.add_argument("--cycles", type=int, default=1)
    parser.add_argument("--picture", action="store_true")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--memory", default="one", choices=("all", "one"))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    results = given.folder / f"{given.precision}.json"
    found = json.loads(results.read_text()) if results.exists() else {}
    names = [f"{MODEL}/{name}" for name in DRAWING] if given.picture else networks(given.names)
    bundle = given.folder / given.precision / "bundle"
    for name in names:
        folder = given.folder / given.precision / name
        if name not in found or (given.picture and not folder.exists() and not bundle.exists()):
            found[name] = measured(name, folder, given.precision, given.cycles, stays=given.picture)
            results.write_text(json.dumps(found, indent=2) + "\n")
        print(json.dumps({"network": name, **found[name]}), flush=True)
    if given.picture:
        assemble(given.folder / given.precision, bundle)
        print(json.dumps(picture(bundle, given.folder / "picture.png", given.steps, given.memory)))


def networks(names: list[str]) -> list[str]:
    """FAMILY/NETWORK of everything that the names say; all without names."""
    if names and all("/" in name for name in names):
        return names
    known: list[str] = child("models.training.full_size.step", "list")
    return [name for name in known if not names or any(name == each or name.startswith(f"{each}/") for each in names)]


if __name__ == "__main__":
    main()

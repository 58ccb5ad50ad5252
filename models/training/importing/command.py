"""What the commands that import models have in common: their options, and what they leave behind when they fail."""

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

from models.training.importing.folder import Refused


def parser(module: str, model: str) -> argparse.ArgumentParser:
    """A parser with the options of every import."""
    made = argparse.ArgumentParser(prog=f"python -m {module}", description=f"Converts {model} to a bundle.")
    made.add_argument("--out", type=unused, required=True)
    made.add_argument("--precision", choices=("fp32", "fp16"), default="fp32")
    made.add_argument("--licence", type=Path)
    made.add_argument("--name")
    return made


def unused(value: str) -> Path:
    """The path of a folder that does not exist yet."""
    if Path(value).exists():
        raise argparse.ArgumentTypeError(f"{value}: exists")
    return Path(value)


def licence_text(given: Path | None, *places: Path, option: str = "--licence") -> Path:
    """The file with the text of the licence. Raises Refused if it is at none of its places."""
    for path in [given] if given else places:
        if path.is_file():
            return path
    path = given or places[0]
    raise Refused(f"{path}: is missing. The licence of the weights must go with them: name its text with {option}")


def whole_or_nothing(folder: Path, write: Callable[[], None]) -> None:
    """Runs `write`, and removes the folder if it fails: the engine would refuse half a bundle, and only the engine."""
    try:
        write()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise

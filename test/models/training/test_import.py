"""`unclip import` from a hub on this machine to the first picture, with small models of random weights."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from hub import COMMIT, Hub, serve
from models.training.eclipse import golden as eclipse
from models.training.kandinsky import tiny as kandinsky
from models.training.stable_unclip import tiny as stable_unclip

# Of Karlo's repository, of which the small model has the parts that are read.
INDEX = {"_class_name": "UnCLIPPipeline"}
LICENCE = "Random weights: free of any terms.\n"


def kandinsky_hub(folder: Path) -> list[Hub]:
    prior, decoder = kandinsky.save(folder)
    owner = "kandinsky-community/kandinsky-2-2"
    return [Hub(prior, f"{owner}-prior"), Hub(decoder, f"{owner}-decoder")]


def stable_unclip_hub(folder: Path) -> list[Hub]:
    images, karlo = stable_unclip.save(folder)
    (karlo / "model_index.json").write_text(json.dumps(INDEX))
    return [Hub(images, "stabilityai/stable-diffusion-2-1-unclip-small"), Hub(karlo, "kakaobrain/karlo-v1-alpha")]


def unclip(*argv: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[3]
    command = ["node", "--import", str(root / "node_modules/tsx/dist/loader.mjs"), str(root / "functions/cli/main.ts")]
    variables = os.environ | environment
    return subprocess.run([*command, *argv], cwd=cwd, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("model", "hub"),
    [("kandinsky-2-2", kandinsky_hub), ("stable-unclip", stable_unclip_hub)],
    ids=["kandinsky-2-2", "stable-unclip"],
)
def test_a_model_of_the_hub_is_imported_and_draws(model: str, hub: Callable[[Path], list[Hub]], tmp_path: Path) -> None:
    repositories = hub(tmp_path / "hub")
    (tmp_path / "LICENSE").write_text(LICENCE)
    with serve(*repositories) as url:
        argv = ["import", model, "--python", sys.executable, "--data", "data", "--licence", "LICENSE", "--json"]
        imported = unclip(*argv, cwd=tmp_path, HF_ENDPOINT=url, HF_HOME=str(tmp_path / "home"))
    assert imported.returncode == 0, imported.stderr
    assert json.loads(imported.stdout) == {"model": model, "bundle": str(tmp_path / model)}
    assert (tmp_path / model / "LICENSE").read_text() == LICENCE
    for repository in repositories:
        source = tmp_path / "data" / "models" / model / repository.name.split("/")[1] / "source.json"
        assert json.loads(source.read_text())["commit"] == COMMIT
    drawn = unclip(
        "generate",
        "a red apple",
        "--bundle",
        model,
        "--size",
        "512",
        "--steps",
        "2",
        "--out",
        "apple.png",
        cwd=tmp_path,
    )
    assert drawn.returncode == 0, drawn.stderr
    assert Image.open(tmp_path / "apple.png").size == (512, 512)


def test_eclipse_takes_the_place_of_the_prior(tmp_path: Path) -> None:
    prior, decoder = kandinsky.save(tmp_path)
    folders = [str(prior), str(decoder), "--eclipse", str(eclipse.save(tmp_path / "eclipse"))]
    command = [sys.executable, "-W", "ignore", "-m", "models.training.kandinsky", *folders, "--out"]
    imported = subprocess.run([*command, str(tmp_path / "bundle")], capture_output=True, text=True, check=False)
    assert imported.returncode == 0, imported.stderr
    described = json.loads((tmp_path / "bundle" / "bundle.json").read_text())
    assert list(described["prior"]) == ["direct"]
    assert described["licence"] == "Apache-2.0; prior: openrail++"
    drawn = unclip("generate", "an apple", "--bundle", "bundle", "--steps", "2", "--out", "apple.png", cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr

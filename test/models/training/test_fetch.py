"""Downloads from a hub on this machine: one commit, only what is read, finished after a break, every file checked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub.constants import DOWNLOAD_CHUNK_SIZE

from hub import COMMIT, Hub, serve

WEIGHTS = "unet/diffusion_pytorch_model.safetensors"
CHUNK = DOWNLOAD_CHUNK_SIZE  # what is written at a time
BROKEN_AFTER = CHUNK + 100_000
READ = ["model_index.json", "scheduler/scheduler_config.json", "unet/config.json", WEIGHTS]


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    folder = tmp_path / "repository"
    for name in (*READ, "unet/diffusion_pytorch_model.bin", "README.md"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"name": name}))
    (folder / WEIGHTS).write_bytes(np.random.default_rng(0).bytes(300_000))
    return Hub(folder)


def start(url: str, target: Path, *parts: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "HF_ENDPOINT": url,
        "HF_HOME": str(target.parent / "home"),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    command = [sys.executable, "-W", "ignore", "-m", "models.training.importing.fetch", "owner/name", str(target)]
    pipe = subprocess.PIPE
    return subprocess.Popen([*command, *(parts or ("*",))], env=environment, stdout=pipe, stderr=pipe, text=True)


def fetch(url: str, target: Path, *parts: str) -> subprocess.CompletedProcess[str]:
    with start(url, target, *parts) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def write_large(hub: Hub) -> None:
    (hub.folder / WEIGHTS).write_bytes(np.random.default_rng(0).bytes(2 * CHUNK))


def ranges(hub: Hub) -> list[str | None]:
    """The Range header of each request for the weights."""
    return [span for method, path, span in hub.requests if method == "GET" and path.endswith(WEIGHTS)]


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_only_what_is_read_is_downloaded(hub: Hub, tmp_path: Path) -> None:
    with serve(hub) as url:
        done = fetch(url, tmp_path / "target")
    assert done.returncode == 0, done.stderr
    got = files(tmp_path / "target")
    source = json.loads(got.pop("source.json"))
    assert got == {name: (hub.folder / name).read_bytes() for name in READ}
    assert source["commit"] == COMMIT
    assert source["files"][WEIGHTS] == hub.digest(hub.folder / WEIGHTS)[1]


def test_a_second_run_downloads_nothing(hub: Hub, tmp_path: Path) -> None:
    with serve(hub) as url:
        assert fetch(url, tmp_path / "target").returncode == 0
        hub.requests.clear()
        assert fetch(url, tmp_path / "target").returncode == 0
    assert [path for method, path, _ in hub.requests if method == "GET" and "/resolve/" in path] == []


def test_a_broken_line_is_taken_up_again(hub: Hub, tmp_path: Path) -> None:
    write_large(hub)
    hub.broken_after = BROKEN_AFTER
    with serve(hub) as url:
        done = fetch(url, tmp_path / "target")
    assert done.returncode == 0, done.stderr
    assert ranges(hub) == [None, f"bytes={CHUNK}-"]
    assert (tmp_path / "target" / WEIGHTS).read_bytes() == (hub.folder / WEIGHTS).read_bytes()


def test_a_killed_download_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    write_large(hub)
    hub.stalled_after = BROKEN_AFTER
    part = tmp_path / "target" / f"{WEIGHTS}.part"
    with serve(hub) as url, start(url, tmp_path / "target") as first:
        while first.poll() is None and not (part.exists() and part.stat().st_size == CHUNK):
            hub.sent.wait(0.05)
        first.kill()
        hub.stalled_after = None
        hub.resumed.set()
        done = fetch(url, tmp_path / "target")
    assert done.returncode == 0, done.stderr
    assert ranges(hub) == [None, f"bytes={CHUNK}-"]
    assert (tmp_path / "target" / WEIGHTS).read_bytes() == (hub.folder / WEIGHTS).read_bytes()


def test_a_damaged_file_is_refused_and_fetched_again(hub: Hub, tmp_path: Path) -> None:
    hub.altered = Path(WEIGHTS).name
    with serve(hub) as url:
        done = fetch(url, tmp_path / "target")
        assert done.returncode == 1
        assert f"{WEIGHTS}: is not the hub's file" in done.stderr
        hub.altered = None
        assert fetch(url, tmp_path / "target").returncode == 0
    assert (tmp_path / "target" / WEIGHTS).read_bytes() == (hub.folder / WEIGHTS).read_bytes()


def test_a_missing_part_is_named(hub: Hub, tmp_path: Path) -> None:
    with serve(hub) as url:
        done = fetch(url, tmp_path / "target", "unet", "movq")
    assert done.returncode == 1
    assert f"owner/name: has no folder movq/ in the commit {COMMIT}" in done.stderr

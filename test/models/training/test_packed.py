"""The data file holds what training reads, and the bundle's parts make the bundle again."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from models.training import whole
from models.training.data.icons import MASTER, Icons
from models.training.data.packed import pack, unpack


@pytest.fixture
def icons(tmp_path: Path) -> Icons:
    """Three icons: a plain square, a gradient, and one with half-transparent pixels."""
    folder = tmp_path / "data"
    folder.mkdir()
    pixels = np.zeros((3, MASTER, MASTER, 4), np.uint8)
    pixels[:, 40:200, 40:200] = (200, 40, 40, 255)
    pixels[1, :, :, 1] = np.arange(MASTER)[:, None]
    pixels[2, 100:150, 100:150, 3] = 90
    pixels.tofile(folder / "icons-256.bin")
    listing = {
        "digest": "made",
        "concepts": [{"id": 0, "name": "square", "slug": "square"}],
        "styles": ["flat"],
        "icons": [{"concept": 0, "style": 0}] * 3,
    }
    (folder / "concepts.json").write_text(json.dumps(listing))
    return Icons(folder)


def test_icons_come_back(icons: Icons, tmp_path: Path) -> None:
    file, folder = tmp_path / "data.zip", tmp_path / "unpacked"
    pack(icons, file)
    unpack(file, folder)
    again = Icons(folder)
    assert again.concepts == icons.concepts
    assert again.digest != icons.digest  # the pixels are not the same
    np.testing.assert_array_equal(again.masters()[..., 3], icons.masters()[..., 3])
    seen = icons.masters()[..., 3] == 255
    difference = again.masters()[seen].astype(int) - icons.masters()[seen].astype(int)
    assert np.abs(difference).mean() < 4


def test_an_unpacked_file_is_used_as_it_is(icons: Icons, tmp_path: Path) -> None:
    file, folder = tmp_path / "data.zip", tmp_path / "unpacked"
    pack(icons, file)
    unpack(file, folder)
    before = (folder / "icons-256.bin").stat().st_mtime_ns
    unpack(file, folder)
    assert (folder / "icons-256.bin").stat().st_mtime_ns == before
    (folder / "concepts.json").unlink()  # as an interrupted run leaves it
    unpack(file, folder)
    assert Icons(folder).count == icons.count


def test_parts_make_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "PART", 10_000)
    bundle = tmp_path / "picto"
    bundle.mkdir()
    (bundle / "graph.onnx").write_bytes(bytes(range(256)) * 100)
    whole.split(bundle)
    parts = sorted(tmp_path.glob("picto.tar.*"))
    assert len(parts) > 2
    assert all(part.stat().st_size <= 10_000 for part in parts)
    joined = io.BytesIO(b"".join(part.read_bytes() for part in parts))
    with tarfile.open(fileobj=joined) as archive:
        stored = archive.extractfile("picto/graph.onnx")
        assert stored is not None
        assert stored.read() == (bundle / "graph.onnx").read_bytes()

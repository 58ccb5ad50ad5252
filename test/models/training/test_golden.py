"""The generators of models/training/golden still make the numbers that test/golden holds."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.training.golden import diffusion, pca, resize, stages, tokenizer

GOLDEN = Path("test/golden")


@pytest.mark.parametrize("name", ["pca", "resize"])
def test_printed_numbers_are_those_of_the_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    {"pca": pca, "resize": resize}[name].main()
    printed, stored = json.loads(capsys.readouterr().out), json.loads((GOLDEN / f"{name}.json").read_text())
    assert_close({**printed, "torch": ""}, {**stored, "torch": ""})


def test_diffusion_numbers_are_those_of_the_file() -> None:
    made = json.loads(json.dumps(diffusion.plain(diffusion.golden())))
    assert_close(made, json.loads((GOLDEN / "diffusion.json").read_text()))


def test_tokenizer_files_are_those_of_the_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer, "FOLDER", tmp_path)
    tokenizer.main()
    for name in ("tokenizer.json", "tokenizer-vocab.json", "tokenizer-merges.txt"):
        assert (tmp_path / name).read_text("utf-8") == (GOLDEN / name).read_text("utf-8")


def test_network_outputs_are_those_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "TARGET", tmp_path / "stages.json")
    stages.main()
    assert_close(json.loads(stages.TARGET.read_text()), json.loads((GOLDEN / "stages.json").read_text()), 1e-5)


def assert_close(made: object, stored: object, tolerance: float = 1e-9, where: str = "") -> None:
    """Numbers differ by at most `tolerance` (absolute): the last digits depend on the processor. The rest is equal."""
    if isinstance(stored, dict) and isinstance(made, dict):
        assert made.keys() == stored.keys(), where
        for key in stored:
            assert_close(made[key], stored[key], tolerance, f"{where}/{key}")
    elif isinstance(stored, list) and isinstance(made, list):
        assert len(made) == len(stored), where
        for i, (one, other) in enumerate(zip(made, stored, strict=True)):
            assert_close(one, other, tolerance, f"{where}/{i}")
    elif isinstance(stored, float):
        np.testing.assert_allclose(np.asarray(made, float), stored, rtol=0, atol=tolerance, err_msg=where)
    else:
        assert made == stored, where

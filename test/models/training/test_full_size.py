"""The shapes measured at full size are those of the published models; large weights lie beside their graph."""

import os
import subprocess
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

from models.training.full_size import shapes
from models.training.full_size.families import kandinsky_folders
from models.training.full_size.picture import tree
from models.training.importing import lazy_graph
from models.training.importing.graphs import export
from models.training.onnx_export import Network

# Numbers of parameters of the published files.
PUBLISHED = {
    (shapes.kandinsky_prior,): {"text_encoder": 694_659_840, "image_encoder": 1_844_907_264, "prior": 1_026_225_920},
    (shapes.kandinsky_decoder,): {"unet": 1_253_057_288, "movq": 67_832_495},
    (shapes.karlo_text,): {"text_encoder": 123_650_304, "prior": 1_022_030_080, "decoder": 885_439_686},
    (shapes.karlo_images,): {"image_encoder": 303_966_208},
    (shapes.stable_unclip, 768): {"image_encoder": 303_966_208, "unet": 869_517_764, "vae": 83_653_863},
    (shapes.stable_unclip, 1024): {"image_encoder": 632_076_800, "text_encoder": 340_387_840, "unet": 870_173_124},
}


@pytest.mark.parametrize("model", list(PUBLISHED), ids=lambda model: model[0].__name__)
def test_every_network_has_as_many_parameters_as_the_published_one(model: tuple) -> None:
    parts = shapes.without_numbers(*model)
    counted = {name: sum(value.numel() for value in parts[name].parameters()) for name in PUBLISHED[model]}
    assert counted == PUBLISHED[model]


def test_random_weights_are_those_that_a_folder_must_hold(tmp_path: Path) -> None:
    _, decoder = kandinsky_folders(tmp_path)
    movq = decoder.network("movq")
    with torch.no_grad():
        answer = movq.decode(torch.randn(1, 4, 2, 2), force_not_quantize=True).sample
    assert answer.isfinite().all()
    assert answer.std() > 0.01


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.project, self.norm = nn.Linear(64, 300), nn.LayerNorm(300)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.project(x))


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_weights_beyond_the_limit_of_a_graph_lie_beside_it(
    precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lazy_graph, "ONE_FILE", 50_000)
    network = Network("small.onnx", Small().eval(), {"x": torch.randn(2, 5, 64)}, ["y"])
    export(network, tmp_path, precision)  # runs the files against PyTorch
    beside = tmp_path / "small.onnx.data"
    assert beside.exists() == (precision == "fp32")
    assert (tmp_path / "small.onnx").stat().st_size < 50_000
    assert all(parameter.is_meta for parameter in network.module.parameters())


def test_processes_that_a_thread_started_are_found() -> None:
    found: list[set[int]] = []

    def start() -> None:
        with subprocess.Popen(["sleep", "60"]) as child:
            found.append({child.pid} & set(tree(os.getpid())))
            child.kill()

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(found[0]) == 1

"""What importers change in published networks for the engine leaves their numbers as they are."""

from pathlib import Path

import onnx
import pytest
import torch
from diffusers import AutoencoderKL, VQModel
from torch import nn
from torch.nn import functional as F

from models.training.importing import tiny as small
from models.training.importing.graphs import export
from models.training.importing.memory import activation_bytes
from models.training.importing.networks import normal
from models.training.importing.prior import Prior, prior_network
from models.training.kandinsky import tiny as kandinsky
from models.training.kandinsky.networks import Decode
from models.training.onnx_export import Network

WIDTH, LENGTH = 24, 7


@torch.no_grad()
def test_a_prior_with_cached_keys_and_values_samples_what_diffusers_does() -> None:
    prior = small.prior(num_attention_heads=2, attention_head_dim=8, num_layers=3, embedding_dim=WIDTH).eval()
    network = prior_network(prior, WIDTH, small.LENGTH, WIDTH)
    *given, past = network.inputs.values()
    expected = prior(*given).predicted_image_embedding
    none = torch.zeros(*past.shape[:3], 0, past.shape[4])
    first, present = Prior(prior)(*given, none)
    later, nothing = Prior(prior)(*given, present)
    assert present.shape[3] == small.LENGTH + 1
    assert nothing.shape[3] == 0
    torch.testing.assert_close(first, expected)
    torch.testing.assert_close(later, expected)


@torch.no_grad()
def test_norms_that_broadcast_decode_what_diffusers_does() -> None:
    movq: VQModel = kandinsky.movq().eval()
    latent = torch.randn(2, 4, 6, 8, generator=torch.Generator().manual_seed(0))
    expected = movq.decode(latent, force_not_quantize=True).sample  # type: ignore[arg-type]
    torch.testing.assert_close(Decode(movq)(latent), expected)


class CrossAttention(nn.Module):
    def __init__(self, masked: bool):
        super().__init__()
        self.project = nn.Linear(WIDTH, WIDTH)
        self.mask = torch.zeros(LENGTH, 2 * LENGTH) if masked else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        queries, keys = (
            each.unflatten(2, (4, -1)).transpose(1, 2) for each in (x, self.project(torch.cat([x, -x], dim=1)))
        )
        return F.scaled_dot_product_attention(queries, keys, keys + 1, attn_mask=self.mask, scale=0.3)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize(("masked", "operator"), [(False, "MultiHeadAttention"), (True, "Softmax")])
def test_attention_without_a_mask_is_fused(masked: bool, operator: str, precision: str, tmp_path: Path) -> None:
    network = Network("attention.onnx", CrossAttention(masked).eval(), {"x": normal(LENGTH, WIDTH)}, ["y"])
    export(network, tmp_path, precision)  # compares with PyTorch
    found = {node.op_type for node in onnx.load(tmp_path / "attention.onnx").graph.node}
    assert {"MultiHeadAttention", "Softmax"} & found == {operator}


def test_attention_without_a_mask_needs_no_memory_for_scores() -> None:
    vae: AutoencoderKL = AutoencoderKL(block_out_channels=(32,), norm_num_groups=8)
    small_side, large_side = 16, 64
    peaks = [activation_bytes(vae.encoder, {"x": torch.zeros(1, 3, side, side)}) for side in (small_side, large_side)]
    assert peaks[1] == pytest.approx(peaks[0] * (large_side // small_side) ** 2, rel=0.05)  # scores grow by its square

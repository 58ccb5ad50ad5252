"""Attention without a mask as ONNX Runtime's fused operator, which never holds all scores."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import torch
from torch import Tensor
from torch.nn import functional as F


@contextmanager
def fused_attention() -> Iterator[None]:
    """Meanwhile PyTorch's attention is the operator, in an export and on tensors without numbers (device meta).

    Attention with a mask stays PyTorch's: the operator would compute all scores too.
    """
    plain = F.scaled_dot_product_attention

    def attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, *given, **options):
        """(n, heads, tokens, d) each -> (n, heads, tokens, d)."""
        if attn_mask is not None or options.get("is_causal"):
            return plain(query, key, value, attn_mask, *given, **options)
        if query.is_meta:
            return torch.empty_like(query)
        heads, scale = query.shape[1], options.get("scale") or query.shape[-1] ** -0.5
        inputs = [each.transpose(1, 2).flatten(2) for each in (query, key, value)]  # (n, tokens, heads d)
        attended = torch.onnx.ops.symbolic(
            "com.microsoft::MultiHeadAttention",
            inputs,
            {"num_heads": heads, "scale": scale},
            dtype=query.dtype,
            shape=inputs[0].shape,
            version=1,
        )
        return attended.unflatten(2, (heads, -1)).transpose(1, 2)

    with mock.patch.object(F, "scaled_dot_product_attention", attention):
        yield

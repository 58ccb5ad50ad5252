"""Attention without a mask as ONNX Runtime's fused operator, whose fast kernels never hold all scores."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import torch
from torch import Tensor
from torch.nn import functional as F


@contextmanager
def fused_attention() -> Iterator[None]:
    """Replaces F.scaled_dot_product_attention by the operator, in an export and on meta tensors.

    Attention with a mask stays PyTorch's: the operator would compute all its scores too.
    """
    plain = F.scaled_dot_product_attention

    def attention(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        """(n, heads, tokens, d) each -> (n, heads, tokens, d)."""
        if attn_mask is not None or dropout_p > 0 or is_causal or enable_gqa:
            return plain(query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa)
        if query.is_meta:
            return query.new_empty((*query.shape[:-1], value.shape[-1]))
        heads = query.shape[1]
        inputs = [each.transpose(1, 2).flatten(2) for each in (query, key, value)]  # (n, tokens, heads d)
        attended = torch.onnx.ops.symbolic(
            "com.microsoft::MultiHeadAttention",
            inputs,
            {"num_heads": heads, "scale": query.shape[-1] ** -0.5 if scale is None else scale},
            dtype=query.dtype,
            shape=inputs[0].shape,
            version=1,
        )
        return attended.unflatten(2, (heads, -1)).transpose(1, 2)

    with mock.patch.object(F, "scaled_dot_product_attention", attention):
        yield

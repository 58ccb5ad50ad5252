"""How a training step computes: bf16 products on hardware that has them, fp32 on a processor that emulates them."""

import time
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

SIDE = 512  # of the matrices that a processor is tried with


def autocast(device: str) -> torch.autocast:
    """Around a forward pass; does nothing where bf16 is slower than fp32."""
    return torch.autocast(device, torch.bfloat16, enabled=precision(device) == "bf16")


def attention(device: str) -> AbstractContextManager:
    """Around a forward pass. On a processor, PyTorch's fused attention of 256 short captions takes three times as long,
    most of it backwards, as plain products do."""
    return sdpa_kernel(SDPBackend.MATH) if device == "cpu" else nullcontext()


def precision(device: str) -> str:
    """What a forward pass computes in: bf16 or fp32."""
    return "bf16" if device != "cpu" or fast_bf16() else "fp32"


@cache
def fast_bf16() -> bool:
    """Whether bf16 is faster, by measurement: without AVX-512 or AMX a product takes 70 times as long as in fp32."""
    return seconds(torch.bfloat16) < seconds(torch.float32)


def seconds(dtype: torch.dtype) -> float:
    """One product, the fastest of three."""
    matrix = torch.ones(SIDE, SIDE, dtype=dtype)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        torch.mm(matrix, matrix)
        taken.append(time.perf_counter() - start)
    return min(taken)

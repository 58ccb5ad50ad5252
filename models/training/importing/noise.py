"""The engine's noise (models/tensor/random.ts) in numpy, so that diffusers can be given the same."""

import hashlib

import numpy as np
import torch
from torch import Tensor

WORD = np.uint64(0xFFFFFFFF)


def philox(counters: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Philox4x32-10 (Salmon et al. 2011): (4, n) counters -> (4, n) random words, all as uint64 below 2^32."""
    a, b, c, d = counters
    k0, k1 = (np.uint64(part) for part in key)
    for _ in range(10):
        one, two = np.uint64(0xD2511F53) * a, np.uint64(0xCD9E8D57) * c
        a, b, c, d = (two >> np.uint64(32)) ^ b ^ k0, two & WORD, (one >> np.uint64(32)) ^ d ^ k1, one & WORD
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & WORD, (k1 + np.uint64(0xBB67AE85)) & WORD
    return np.stack([a, b, c, d])


def normal(seed: int, stream: str, shape: tuple[int, ...]) -> Tensor:
    """Random(seed, stream).normal(shape) of the engine."""
    count = int(np.prod(shape))
    blocks = (count + 1) // 2
    digest = hashlib.sha256(stream.encode()).digest()
    words = np.frombuffer(digest[:8], "<u4").astype(np.uint64)
    position = np.arange(blocks, dtype=np.uint64)
    counters = np.stack(
        [position, np.zeros_like(position), np.full_like(position, words[0]), np.full_like(position, words[1])]
    )
    a, b, c, d = philox(counters, (seed & 0xFFFFFFFF, seed >> 32))
    first, second = (
        ((high >> np.uint64(5)) * np.uint64(2**26) + (low >> np.uint64(6))) / 2.0**53 for high, low in ((a, b), (c, d))
    )
    radius, angle = np.sqrt(-2 * np.log(1 - first)), 2 * np.pi * second
    numbers = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)[:count]
    return torch.from_numpy(numbers.astype(np.float32).reshape(shape))

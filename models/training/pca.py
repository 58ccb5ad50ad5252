"""PCA of CLIP's image embeddings and its quantisation (paper 2.2). models/prior/pca.ts documents the format."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Pca:
    mean: Tensor  # (D)
    basis: Tensor  # (D, D), components in the columns, by decreasing eigenvalue
    low: Tensor  # (K) the range that the buckets of each coefficient divide
    high: Tensor  # (K)
    coefficients: int
    buckets: int
    dot_buckets: int = 0
    dot_quantiles: Tensor | None = None  # (101)

    @staticmethod
    def fit(vectors: Tensor, coefficients: int, buckets: int) -> "Pca":
        mean = vectors.mean(dim=0)
        centred = (vectors - mean).double()
        _, basis = torch.linalg.eigh(centred.T @ centred / len(vectors))
        basis = basis.flip(1).float()
        # A basis is free up to signs; this choice makes it the same on every machine.
        basis = basis * basis.gather(0, basis.abs().argmax(dim=0, keepdim=True)).sign()
        projected = (vectors - mean) @ basis[:, :coefficients]
        # The outermost 0.1% would stretch the range and coarsen every bucket.
        sample = projected[:20_000]
        low, high = sample.quantile(0.001, dim=0), sample.quantile(0.999, dim=0)
        return Pca(mean, basis, low, high, coefficients, buckets)

    def fit_dots(self, dots: Tensor, buckets: int) -> None:
        self.dot_buckets = buckets
        self.dot_quantiles = dots.quantile(torch.linspace(0, 1, 101, device=dots.device))

    def quantise(self, z: Tensor) -> Tensor:
        projected = (z - self.mean) @ self.basis[:, : self.coefficients]
        scaled = (projected - self.low) / (self.high - self.low) * self.buckets
        return scaled.floor().long().clamp(0, self.buckets - 1)

    def dequantise(self, codes: Tensor) -> Tensor:
        centres = self.low + (codes + 0.5) / self.buckets * (self.high - self.low)
        return self.mean + centres @ self.basis[:, : self.coefficients].T

    def dot_bucket(self, dots: Tensor) -> Tensor:
        assert self.dot_quantiles is not None, "fit_dots comes first"
        rank = torch.searchsorted(self.dot_quantiles, dots.contiguous())  # quantiles below the dot, 0 ... 101
        return (rank * self.dot_buckets // 101).clamp(0, self.dot_buckets - 1)

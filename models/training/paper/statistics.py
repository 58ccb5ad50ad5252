"""Bootstrap intervals and the Frechet distance. Resamples draw captions, because pictures of one caption are alike."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

RESAMPLES, SEED = 2000, 7
FRECHET_RESAMPLES = 200


def interval(statistic: Callable[[np.ndarray], float], captions: int, resamples: int = RESAMPLES) -> dict:
    """statistic: computed from indices of captions, which may repeat. -> its value and 95% percentile interval."""
    rng = np.random.default_rng(SEED)
    values = [statistic(rng.integers(captions, size=captions)) for _ in range(resamples)]
    low, high = np.quantile(values, [0.025, 0.975])
    return {"n": captions, "value": float(statistic(np.arange(captions))), "low": float(low), "high": float(high)}


def mean(values: np.ndarray) -> dict:
    """values (captions) or (captions, seeds): the mean, its interval over captions."""
    by_caption = values.astype(float).reshape(len(values), -1).mean(axis=1)
    return interval(lambda places: by_caption[places].mean(), len(values))


def relation_shares(chosen: list[Tensor]) -> dict:
    """chosen: for each seed (captions, 2), 0 if an object is itself, 1 if it is the other one."""
    all_of = torch.stack(chosen, dim=1).numpy()  # (captions, seeds, 2)
    return {
        "pictures": all_of.shape[0] * all_of.shape[1],
        "both": mean((all_of == 0).all(axis=2)),
        "exchanged": mean((all_of == 1).all(axis=2)),
        "twice": mean((all_of == [0, 1]).all(axis=2) | (all_of == [1, 0]).all(axis=2)),
        "each": mean(all_of == 0),
    }


class Frechet:
    """Distances of embeddings (n, D) to one reference (m, D), both taken as Gaussian (Heusel et al. 2017)."""

    def __init__(self, reference: np.ndarray):
        self.mean, self.covariance = reference.mean(axis=0), np.cov(reference, rowvar=False)
        values, vectors = np.linalg.eigh(self.covariance)
        self.root = (vectors * np.sqrt(values.clip(0))) @ vectors.T

    def distance(self, made: np.ndarray) -> float:
        covariance = np.cov(made, rowvar=False)
        both = np.sqrt(np.linalg.eigvalsh(self.root @ covariance @ self.root).clip(0)).sum()
        gap = np.square(made.mean(axis=0) - self.mean).sum()
        return float(gap + np.trace(covariance) + np.trace(self.covariance) - 2 * both)

    def interval(self, made: np.ndarray) -> dict:
        """A resample has fewer different pictures and lies further off, so only the spread of resamples is taken."""
        rng, value = np.random.default_rng(SEED), self.distance(made)
        spread = 1.96 * np.std(
            [self.distance(made[rng.integers(len(made), size=len(made))]) for _ in range(FRECHET_RESAMPLES)]
        )
        return {"n": len(made), "value": value, "low": value - spread, "high": value + spread}


def at_fidelity(fidelity: np.ndarray, diversity: np.ndarray, wanted: float) -> float:
    """The largest diversity on the line through a sweep with a fidelity of at least `wanted`; NaN if there is none."""
    best = [d for f, d in zip(fidelity, diversity, strict=True) if f >= wanted]
    for i in range(len(fidelity) - 1):
        (f0, f1), (d0, d1) = fidelity[i : i + 2], diversity[i : i + 2]
        if min(f0, f1) < wanted <= max(f0, f1):
            best.append(d0 + (wanted - f0) / (f1 - f0) * (d1 - d0))
    return float(max(best, default=np.nan))

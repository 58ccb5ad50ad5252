"""Golden numbers for models/prior/pca.ts and dot.ts, in float64 on inputs that float32 holds exactly.

python3 -m models.training.golden.pca > test/golden/pca.json        (from the repository's root)
"""

import json

import numpy as np

DIMENSIONS, COEFFICIENTS, BUCKETS, DOT_BUCKETS = 12, 7, 32, 64


def float32(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32).astype(np.float64)


def quantise(coefficients: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(n, K) -> (n, K) codes. Refuses values so near a bucket's edge that float32 could decide otherwise."""
    place = (coefficients - low) / (high - low) * BUCKETS
    assert np.abs(place - np.round(place)).min() > 1e-4
    return np.clip(np.floor(place), 0, BUCKETS - 1).astype(int)


def main() -> None:
    rng = np.random.default_rng(2)
    # Correlated data with a mean, so that the components differ much in what they explain.
    independent, mixing = rng.normal(size=(500, DIMENSIONS)), rng.normal(size=(DIMENSIONS, DIMENSIONS))
    data = independent @ mixing * 0.3 + rng.normal(size=DIMENSIONS)
    mean = float32(data.mean(0))
    eigenvalues, vectors = np.linalg.eigh(np.cov(data.T))
    basis = float32(vectors[:, np.argsort(eigenvalues)[::-1]])

    z = float32(data[:5])
    coefficients = (z - mean) @ basis
    low, high = (float32(np.quantile((data - mean) @ basis, q, axis=0)[:COEFFICIENTS]) for q in (0.05, 0.95))
    sample = float32(np.vstack([coefficients[:, :COEFFICIENTS], low - 1, high + 1]))
    codes = quantise(sample, low, high)

    dots = float32(np.tanh(rng.normal(0.2, 0.1, size=3000)))
    quantiles = float32(np.quantile(dots, np.linspace(0, 1, 101)))
    dot = float32(np.array([-1, *dots[:30], 1]))
    ranks = np.searchsorted(quantiles, dot)
    uniform = np.array([0, 0.1, 0.25, 0.5, 0.777, 0.999999])

    golden = {
        "numpy": np.__version__,
        "mean": mean.tolist(),
        "basis": basis.tolist(),
        "z": z.tolist(),
        "coefficients": coefficients.tolist(),
        "reconstructed": {str(k): (mean + coefficients[:, :k] @ basis[:, :k].T).tolist() for k in (1, 4, DIMENSIONS)},
        "quantiser": {
            "buckets": BUCKETS,
            "low": low.tolist(),
            "high": high.tolist(),
            "coefficients": sample.tolist(),
            "codes": codes.tolist(),
            "centres": (low + (codes + 0.5) / BUCKETS * (high - low)).tolist(),
        },
        "dot": {
            "buckets": DOT_BUCKETS,
            "quantiles": quantiles.tolist(),
            "dots": dot.tolist(),
            "codes": np.clip(ranks * DOT_BUCKETS // len(quantiles), 0, DOT_BUCKETS - 1).tolist(),
            "uniform": uniform.tolist(),
            "top": np.quantile(quantiles, 0.5 + uniform / 2).tolist(),
        },
    }
    print(json.dumps(golden))


if __name__ == "__main__":
    main()

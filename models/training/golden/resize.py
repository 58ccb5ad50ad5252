"""Golden numbers for models/tensor/resize.ts: PyTorch's antialiased bicubic interpolation.

python3 models/training/golden/resize.py > test/golden/resize.json
"""

import json

import torch
import torch.nn.functional as F

# (n, c, h, w) -> (height, width): growing, shrinking, one of each, odd ratios, unchanged, from and to a single pixel
CASES = [
    ((1, 3, 4, 4), (16, 16)),
    ((2, 1, 5, 7), (12, 9)),
    ((1, 1, 16, 13), (5, 6)),
    ((1, 2, 9, 3), (4, 11)),
    ((1, 1, 3, 3), (3, 3)),
    ((1, 1, 1, 2), (3, 5)),
    ((1, 1, 6, 6), (1, 1)),
]


def main() -> None:
    generator = torch.Generator().manual_seed(0)
    cases = []
    for shape, size in CASES:
        # eighths in [-1, 1]: exact in float32 and short in JSON
        x = torch.randint(-8, 9, shape, generator=generator) / 8
        y = F.interpolate(x, size=size, mode="bicubic", antialias=True, align_corners=False)
        cases.append(
            {
                "shape": shape,
                "input": x.flatten().tolist(),
                "size": size,
                "output": [round(value, 7) for value in y.double().flatten().tolist()],
            }
        )
    print(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")))


if __name__ == "__main__":
    main()

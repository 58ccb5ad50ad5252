"""Golden numbers for the networks: PyTorch's output for each stage of the tiny bundle.

    python -m models.training.golden.stages     writes test/golden/stages.json and reads test/bundles/tiny

The networks are those of models/training/tiny.py: same seed, weights rounded as in the files. Input pictures are
sin(frequency * i + phase) over the flat index i, because stored ones would take megabytes. Of a large output the file
holds every stride-th number; odd strides reach every channel, row and column.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.clip.tokenizer import Tokenizer
from models.training.bundle import TextTower
from models.training.onnx_export import rounded
from models.training.tiny import FOLDER, LENGTH, TEXTS, parts

TARGET = Path("test/golden/stages.json")
KEPT = 512  # numbers of one output, about
ROWS = 2  # of each input: the pair that guidance runs
TIMES = [999.0, 37.0]


def wave(shape: list[int], frequency: float, phase: float) -> dict:
    return {"shape": shape, "frequency": frequency, "phase": phase}


def listed(values: Tensor) -> dict:
    dtype = "int32" if values.dtype == torch.int32 else "float32"
    return {"shape": list(values.shape), "dtype": dtype, "values": values.flatten().tolist()}


def tensor(spec: dict) -> Tensor:
    """The input that a spec of the file stands for."""
    if "values" in spec:
        dtype = torch.int32 if spec["dtype"] == "int32" else torch.float32
        return torch.tensor(spec["values"], dtype=dtype).view(spec["shape"])
    index = np.arange(np.prod(spec["shape"]), dtype=np.float64)
    values = np.sin(spec["frequency"] * index + spec["phase"]).astype(np.float32)
    return torch.from_numpy(values).view(spec["shape"])


def sampled(output: Tensor) -> dict:
    stride = max(1, output.numel() // KEPT) | 1
    values = output.flatten()[::stride]
    return {
        "shape": list(output.shape),
        "stride": stride,
        "values": [float(f"{value:.8g}") for value in values.tolist()],
    }


@torch.no_grad()
def case(module: nn.Module, inputs: dict[str, dict], outputs: list[str]) -> dict:
    made = rounded(module)(*(tensor(spec) for spec in inputs.values()))
    made = made if isinstance(made, tuple) else (made,)
    return {"inputs": inputs, "outputs": {name: sampled(output) for name, output in zip(outputs, made, strict=True)}}


def main() -> None:
    tokenizer = Tokenizer.from_files(FOLDER / "vocab.json", FOLDER / "merges.txt")
    made = parts(len(tokenizer))
    tokens = torch.tensor([tokenizer.encode(text, LENGTH) for text in TEXTS[:ROWS]], dtype=torch.int32)
    states, dimensions = made.text.text.token.embedding_dim, len(made.mean)
    times = listed(torch.tensor(TIMES))
    text = {
        "text_embedding": wave([ROWS, dimensions], 0.71, 0.2),
        "text_states": wave([ROWS, LENGTH, states], 0.37, 1.1),
        "text_mask": listed((torch.arange(LENGTH)[None] <= tokens.argmax(dim=-1, keepdim=True)).float()),
    }
    k, buckets = made.pca.coefficients, made.pca.buckets
    codes = (torch.arange(ROWS * k).view(ROWS, k) * 7 % buckets).int()
    cases = {
        "clip-text": case(TextTower(made.text), {"tokens": listed(tokens)}, ["embedding", "states"]),
        "clip-image": case(made.image, {"image": wave([ROWS, 3, 64, 64], 0.37, 0)}, ["embedding"]),
        "prior-diffusion": case(
            made.text.prior, {"x": wave([ROWS, dimensions], 0.53, 0.4), "t": times, **text}, ["prediction"]
        ),
        "prior-autoregressive": case(
            made.autoregressive_prior,
            {"codes": listed(codes), "dot": listed(torch.tensor([1, 6], dtype=torch.int32)), **text},
            ["logits"],
        ),
        "decoder": case(
            made.decoder,
            {"x": wave([ROWS, 3, 64, 64], 0.37, 0), "t": times, "image_embedding": text["text_embedding"]},
            ["prediction"],
        ),
    }
    # One row: two pictures of 1024 px take a second that every run of the tests would pay.
    for upsampler, size in zip(made.upsamplers, (256, 1024), strict=True):
        shape = [1, 3, size, size]
        inputs = {"x": wave(shape, 0.37, 0), "t": listed(torch.tensor(TIMES[1:])), "low": wave(shape, 0.011, 0.5)}
        cases[f"upsampler-{size}"] = case(upsampler, inputs, ["prediction"])
    TARGET.write_text(json.dumps({"madeBy": "models/training/golden/stages.py", "networks": cases}) + "\n")
    print(f"{TARGET}: {TARGET.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()

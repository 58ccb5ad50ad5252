"""Golden numbers for Karlo: the output of diffusers' pipelines, given the engine's noise.

    python -m models.training.karlo.golden     writes test/bundles/karlo and test/golden/karlo.{json,safetensors}

The bundle consists of tiny.py's two pipelines, converted by the command that converts Karlo. The pipelines are changed
in two ways: they take the random numbers of the engine's streams and seeds (noise.py), and their schedulers take
float64 tables. diffusers' float32 tables are off by up to 5e-4 near t = 0 and t = 999, more than the networks differ
between PyTorch and ONNX Runtime. Some pictures are drawn with diffusers' own tables too ("stock").
"""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import torch
from diffusers import UnCLIPImageVariationPipeline, UnCLIPPipeline, UnCLIPScheduler
from PIL import Image
from torch import Tensor

from models.training.importing.folder import Folder
from models.training.importing.golden import (
    APPLE,
    LONG,
    PICTURE_STRIDE,
    STATES_STRIDE,
    UNICODE,
    batch,
    caption_numbers,
    exact,
    in_range,
    random_model,
    save_numbers,
    stock_numbers,
    streamed,
    thin,
    wave,
)
from models.training.importing.tiny import WIDTH
from models.training.karlo import convert, tiny
from models.training.karlo.folder import TEXT_TO_IMAGE, VARIATIONS

BUNDLE, NUMBERS = Path("test/bundles/karlo"), Path("test/golden/karlo")

TEXT_CASES = [
    {"name": "diffusers' defaults", "captions": [APPLE], "seeds": [7], "steps": 25, "stock": True},
    {"name": "three of one caption", "captions": [UNICODE] * 3, "seeds": [49, 50, 51], "steps": 7, "stock": True},
    {
        "name": "a long, an empty and a unicode caption",
        "captions": [LONG, "", UNICODE],
        "seeds": [100, 200, 300],
        "steps": 7,
    },
    {"name": "fifty steps", "captions": [LONG], "seeds": [12], "steps": 50, "stock": True},
]
IMAGE_CASES = [
    {"name": "diffusers' defaults", "seeds": [9], "steps": 25},
    {"name": "three variations", "seeds": [41, 43, 44], "steps": 7},
    {"name": "fifty steps", "seeds": [17], "steps": 50},
]
UNDECIDED = 1.5
SMALL_STRIDE = 7  # a prime: every channel and column comes up


def check_decided(scheduler: UnCLIPScheduler, seeds: list[int], step: str, output: Tensor, t: int, x: Tensor) -> None:
    """Raises SystemExit for seeds whose first step depends on fp32 rounding.

    At t = 999 alpha is 5e-5, so x0 = (x - sigma noise) / alpha lies far outside the range that it is clipped to. About
    one value in 25,000 does not, and rounding alone decides it, in PyTorch as in ONNX Runtime.
    """
    if step != "decoder/step/1":
        return
    alpha, sigma = scheduler.alphas_cumprod[t].sqrt(), (1 - scheduler.alphas_cumprod[t]).sqrt()
    x0 = (x - sigma * output[:, : x.shape[1]]) / alpha
    for seed, row in zip(seeds, x0, strict=True):
        if (row.abs() < UNDECIDED).any():
            raise SystemExit(f"the decoder's first step is undecided with seed {seed}: take another")


def run(
    pipeline: UnCLIPPipeline | UnCLIPImageVariationPipeline,
    seeds: list[int],
    steps: int,
    *,
    stock: bool = False,
    **given,
) -> dict[str, Tensor]:
    """x0 of every stage as its scheduler leaves it, and the picture in [-1, 1]."""
    results: dict[str, Tensor] = {}
    start = {}
    for name, stream, key, shape in (
        ("prior", "prior/draw/0", "prior", (WIDTH,)),
        ("decoder", "decoder", "small", (3, 64, 64)),
        ("super_res", "upsampler-256", "large", (3, 256, 256)),
    ):
        if not hasattr(pipeline, f"{name}_scheduler"):
            continue
        scheduler = UnCLIPScheduler(**getattr(pipeline, f"{name}_scheduler").config)
        decided = None if stock or name != "decoder" else partial(check_decided, scheduler, seeds)
        streamed(scheduler if stock else exact(scheduler), stream, seeds, results, key, decided)
        setattr(pipeline, f"{name}_scheduler", scheduler)
        start[f"{name}_latents"] = batch(seeds, f"{stream}/initial", shape)
        if name != "super_res":
            start[f"{name}_num_inference_steps"] = steps
    picture = pipeline(**given, **start, output_type="np", return_dict=False)[0]
    results["large"] = in_range(picture)
    results["small"] = results["small"].clamp(-1, 1)
    return results


def numbers(generate: UnCLIPPipeline, vary: UnCLIPImageVariationPipeline) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for index, case in enumerate(TEXT_CASES):
        results = run(generate, case["seeds"], case["steps"], prompt=case["captions"])
        for i, caption in enumerate(case["captions"]):
            place = f"text/{index}/{i}"
            found |= caption_numbers(generate.tokenizer, generate.text_encoder, caption, place)
            found[f"{place}/whitened"] = results["prior"][i].clone()
            found |= drawn(place, results, i)
        if case.get("stock"):
            results = run(generate, case["seeds"], case["steps"], stock=True, prompt=case["captions"])
            found |= stock_numbers(results["large"], f"text/{index}")
    picture = wave(224, 224)
    seen = vary.feature_extractor(images=Image.fromarray(picture), return_tensors="pt").pixel_values
    found["image/embedding"] = vary.image_encoder(seen).image_embeds[0].clone()
    for index, case in enumerate(IMAGE_CASES):
        results = run(
            vary, case["seeds"], case["steps"], image=Image.fromarray(picture), num_images_per_prompt=len(case["seeds"])
        )
        for i in range(len(case["seeds"])):
            found |= drawn(f"image/{index}/{i}", results, i)
    for width, height in ((320, 256), (150, 400)):
        seen = vary.feature_extractor(images=Image.fromarray(wave(width, height)), return_tensors="pt").pixel_values
        found[f"seen/{width}x{height}"] = thin(seen, PICTURE_STRIDE)
    return found


def drawn(place: str, results: dict[str, Tensor], i: int) -> dict[str, Tensor]:
    """The numbers of picture i. The first picture of a case is whole at 64 px, because it is the upsampler's input."""
    small = results["small"][i]
    return {
        f"{place}/small": small.clone() if i == 0 else thin(small, SMALL_STRIDE),
        f"{place}/large": thin(results["large"][i], PICTURE_STRIDE),
    }


@torch.no_grad()
def write_numbers(generate: UnCLIPPipeline, vary: UnCLIPImageVariationPipeline) -> None:
    scheduler = UnCLIPScheduler()
    for pipeline in (generate, vary):
        pipeline.set_progress_bar_config(disable=True)
    found = numbers(generate, vary)
    described = {
        "text": TEXT_CASES,
        "image": IMAGE_CASES,
        "strides": {"small": SMALL_STRIDE, "large": PICTURE_STRIDE, "states": STATES_STRIDE},
        # The last step multiplies x0 by beta / (1 - alpha_bar), which is 1; in diffusers' float32 it is this.
        "lastStep": (scheduler.betas[0] / (1 - scheduler.alphas_cumprod[0])).item(),
        "exclamation": {"caption": "wow!", "tokens": generate.tokenizer("wow!").input_ids},
    }
    save_numbers(found, described, NUMBERS)


def write_bundle(folder: Path) -> None:
    shutil.rmtree(BUNDLE, ignore_errors=True)
    text, images = tiny.save(folder)
    convert.write(
        Folder(text, TEXT_TO_IMAGE, ()),
        Folder(images, VARIATIONS, ()),
        BUNDLE,
        **random_model(folder, "karlo-tiny", tiny.__name__),
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_bundle(Path(folder))
    write_numbers(*tiny.pipelines())


if __name__ == "__main__":
    main()

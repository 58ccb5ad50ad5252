"""Reference numbers for Kandinsky 2.2: the output of diffusers' pipelines, given the engine's noise.

    python -m models.training.kandinsky.golden     writes test/bundles/kandinsky and test/golden/kandinsky.*

The bundle consists of tiny.py's two pipelines, converted by the command that converts Kandinsky. The pipelines are
changed in two ways: they take the random numbers of the engine's streams and seeds, and their schedulers take float64
tables. One picture is drawn with diffusers' own tables too ("stock").
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from diffusers import KandinskyV22Img2ImgPipeline
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
from models.training.kandinsky import convert, tiny
from models.training.kandinsky.folder import DECODER, PRIOR

BUNDLE, NUMBERS = Path("test/bundles/kandinsky"), Path("test/golden/kandinsky")
FACTOR = 8
IMG2IMG_RANDN = "diffusers.pipelines.kandinsky2_2.pipeline_kandinsky2_2_img2img.randn_tensor"

TEXT_CASES = [
    {"name": "one caption", "captions": [APPLE], "seeds": [7], "steps": 25, "size": 64, "stock": True},
    {
        "name": "a long, an empty and a unicode caption away from another",
        "captions": [LONG, "", UNICODE],
        "seeds": [100, 200, 300],
        "steps": 4,
        "size": 128,
        "negative": "a red apple",
    },
    {
        "name": "ten steps away from another",
        "captions": [APPLE],
        "seeds": [5],
        "steps": 10,
        "size": 64,
        "negative": UNICODE,
    },
    {"name": "three of one caption", "captions": [UNICODE] * 3, "seeds": [41, 42, 43], "steps": 10, "size": 64},
]
IMAGE_CASES = [
    {"name": "one picture", "seeds": [9], "steps": 10, "strength": 0.5, "size": 64},
    {"name": "three pictures", "seeds": [41, 43, 44], "steps": 25, "strength": 0.3, "size": 128},
    {"name": "from the first timestep", "seeds": [17], "steps": 4, "strength": 1.0, "size": 64},
]
MIX = {"prompts": [APPLE, UNICODE], "weights": [0.3, 0.2, 0.5], "seed": 23, "steps": 4, "size": 64}
GUIDANCE = 4.0


def sample_prior(
    embeds: Any, captions: list[str], seeds: list[int], steps: int, negative: str | None = None
) -> tuple[Tensor, Tensor]:
    """z_i of each caption, and what the decoder's guidance leads away from, both (n, D)."""
    rows = seeds if negative is None else seeds * 2
    streamed(embeds.scheduler, "prior/draw/0", rows, {}, "z")
    given = {} if negative is None else {"negative_prompt": [negative] * len(captions)}
    latents = batch(rows, "prior/draw/0/initial", (WIDTH,))
    answer = embeds(captions, num_inference_steps=steps, guidance_scale=GUIDANCE, latents=latents, **given)
    return answer.image_embeds, answer.negative_image_embeds


def draw(draws: Any, z: Tensor, null: Tensor, case: dict, seeds: list[int]) -> dict[str, Tensor]:
    """The last latent and the picture in [-1, 1]."""
    results: dict[str, Tensor] = {}
    side = case["size"] // FACTOR
    streamed(draws.scheduler, "decoder", seeds, results, "latent")
    picture = draws(
        image_embeds=z,
        negative_image_embeds=null,
        height=case["size"],
        width=case["size"],
        num_inference_steps=case["steps"],
        guidance_scale=GUIDANCE,
        latents=batch(seeds, "decoder/initial", (4, side, side)),
        output_type="np",
    ).images
    return {**results, "picture": in_range(picture)}


def redraw(draws: Any, z: Tensor, null: Tensor, case: dict) -> dict[str, Tensor]:
    """Pictures begun from a noised one: the last latent and the picture in [-1, 1]."""
    results: dict[str, Tensor] = {}
    pipeline: Any = KandinskyV22Img2ImgPipeline(**draws.components)
    pipeline.set_progress_bar_config(disable=True)
    seeds, size = case["seeds"], case["size"]
    streamed(pipeline.scheduler, "decoder", seeds, results, "latent")
    with mock.patch(IMG2IMG_RANDN, lambda shape, **_: batch(seeds, "decoder/initial", shape[1:])):
        pictures = pipeline(
            image_embeds=z.repeat(len(seeds), 1),
            image=[Image.fromarray(wave(size, size))] * len(seeds),
            negative_image_embeds=null.repeat(len(seeds), 1),
            height=size,
            width=size,
            num_inference_steps=case["steps"],
            strength=case["strength"],
            guidance_scale=GUIDANCE,
            output_type="np",
        ).images
    return {**results, "picture": in_range(pictures)}


def drawn(place: str, results: dict[str, Tensor], i: int) -> dict[str, Tensor]:
    return {
        f"{place}/latent": results["latent"][i].clone(),
        f"{place}/picture": thin(results["picture"][i], PICTURE_STRIDE),
    }


def with_tables(pipelines: tuple, make) -> None:
    """Gives both pipelines a scheduler of the same settings, made by `make`: `streamed` changes one for good."""
    for pipeline in pipelines:
        pipeline.scheduler = make(type(pipeline.scheduler)(**pipeline.scheduler.config))


def numbers(embeds: Any, draws: Any) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {"null": embeds.get_zero_embed()[0].clone()}
    for index, case in enumerate(TEXT_CASES):
        captions, seeds = case["captions"], case["seeds"]
        with_tables((embeds, draws), exact)
        z, null = sample_prior(embeds, captions, seeds, case["steps"], case.get("negative"))
        results = draw(draws, z, null, case, seeds)
        for i, caption in enumerate(captions):
            place = f"text/{index}/{i}"
            found |= caption_numbers(embeds.tokenizer, embeds.text_encoder, caption, place)
            found |= {f"{place}/z": z[i].clone(), f"{place}/null": null[i].clone()} | drawn(place, results, i)
        if case.get("stock"):
            with_tables((embeds, draws), lambda scheduler: scheduler)
            z, null = sample_prior(embeds, captions, seeds, case["steps"])
            results = draw(draws, z, null, case, seeds)
            found |= stock_numbers(results["picture"], f"text/{index}")
    picture = Image.fromarray(wave(224, 224))
    seen = embeds.image_processor(images=picture, return_tensors="pt").pixel_values
    z = embeds.image_encoder(seen).image_embeds
    found["image/embedding"] = z[0].clone()
    for index, case in enumerate(IMAGE_CASES):
        with_tables((embeds, draws), exact)
        place, size = f"image/{index}", case["size"]
        given = torch.from_numpy(wave(size, size)).permute(2, 0, 1)[None].float() / 127.5 - 1
        found[f"{place}/encoded"] = draws.movq.encode(given).latents[0].clone()
        results = redraw(draws, z, found["null"][None], case)
        for i in range(len(case["seeds"])):
            found |= drawn(f"{place}/{i}", results, i)
    return found | mixed(embeds, draws, picture)


def mixed(embeds: Any, draws: Any, picture: Image.Image) -> dict[str, Tensor]:
    """Two captions and a picture, mixed by `interpolate`, and what is drawn from the mix."""
    with_tables((embeds, draws), exact)
    seeds = [MIX["seed"]]
    streamed(embeds.scheduler, "prior/draw/0", seeds, {}, "z")
    answer = embeds.interpolate(
        [*MIX["prompts"], picture],
        MIX["weights"],
        num_inference_steps=MIX["steps"],
        latents=batch(seeds, "prior/draw/0/initial", (WIDTH,)),
        guidance_scale=GUIDANCE,
    )
    results = draw(draws, answer.image_embeds, answer.negative_image_embeds, MIX, seeds)
    return {"mix/z": answer.image_embeds[0].clone()} | drawn("mix", results, 0)


@torch.no_grad()
def write_numbers(embeds: Any, draws: Any) -> None:
    for pipeline in (embeds, draws):
        pipeline.set_progress_bar_config(disable=True)
    found = numbers(embeds, draws)
    strides = {"picture": PICTURE_STRIDE, "states": STATES_STRIDE}
    described = {"text": TEXT_CASES, "image": IMAGE_CASES, "mix": MIX, "guidance": GUIDANCE, "strides": strides}
    save_numbers(found, described, NUMBERS)


def write_bundle(folder: Path) -> None:
    shutil.rmtree(BUNDLE, ignore_errors=True)
    prior, decoder = tiny.save(folder)
    convert.write(
        Folder(prior, PRIOR, ()),
        Folder(decoder, DECODER, ()),
        BUNDLE,
        **random_model(folder, "kandinsky-tiny", tiny.__name__),
        sizes={"min": 64, "max": 128, "multipleOf": 64},
        default_size=64,
    )


def main() -> None:
    if "--numbers" not in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            write_bundle(Path(folder))
    write_numbers(*tiny.pipelines())


if __name__ == "__main__":
    main()

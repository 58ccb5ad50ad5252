"""Reference numbers for Stable unCLIP: the output of diffusers' pipelines, given the engine's noise.

    python -m models.training.stable_unclip.golden     writes test/bundles/stable-unclip and test/golden/stable-unclip.*

The bundle consists of tiny.py's parts, converted by the command that converts Stable unCLIP. The pipelines are changed
in three ways: they take the random numbers of the engine's streams and seeds, their schedulers take float64 tables, and
DDIM takes the place of PNDM, which the engine lacks.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from diffusers import DDIMScheduler, StableUnCLIPImg2ImgPipeline, StableUnCLIPPipeline, UnCLIPScheduler
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
    streamed,
    thin,
    wave,
)
from models.training.importing.tiny import LENGTH, WIDTH
from models.training.karlo.folder import TEXT_TO_IMAGE
from models.training.stable_unclip import convert, tiny
from models.training.stable_unclip.folder import IMAGES

BUNDLE, NUMBERS = Path("test/bundles/stable-unclip"), Path("test/golden/stable-unclip")
FACTOR = 8
PIPELINES = "diffusers.pipelines.stable_diffusion"
GUIDANCE, PRIOR_GUIDANCE = 10.0, 4.0

TEXT_CASES = [
    {"name": "one caption", "captions": [APPLE], "seeds": [7], "steps": 25, "size": 64, "level": 0},
    {
        "name": "a long, an empty and a unicode caption away from another",
        "captions": [LONG, "", UNICODE],
        "seeds": [100, 200, 300],
        "steps": 4,
        "size": 128,
        "level": 250,
        "negative": "a red apple",
    },
    {
        "name": "one noised caption away from the empty one",
        "captions": [UNICODE],
        "seeds": [3],
        "steps": 10,
        "size": 64,
        "level": 500,
        "negative": "",
    },
]
IMAGE_CASES = [
    {"name": "one picture", "seeds": [9], "steps": 10, "size": 64, "level": 0, "caption": ""},
    {"name": "one noised picture", "seeds": [5], "steps": 25, "size": 64, "level": 100, "caption": ""},
    {
        "name": "three pictures with a caption away from another",
        "seeds": [41, 43, 44],
        "steps": 4,
        "size": 128,
        "level": 999,
        "caption": APPLE,
        "negative": UNICODE,
    },
]


class Spaced(UnCLIPScheduler):
    """Steps from each timestep to the next one. The pipeline does not say the next one, and without it the scheduler
    takes steps of 1."""

    def step(self, model_output: Tensor, timestep: int, sample: Tensor, **options):  # type: ignore[override]
        places = (self.timesteps == timestep).nonzero()[0, 0] + 1
        after: Any = self.timesteps[places] if places < len(self.timesteps) else None
        return super().step(model_output, timestep, sample, prev_timestep=after, **options)


def decoder_scheduler(published: Any) -> Any:
    """DDIM with the settings of the published scheduler."""
    kept = ("beta_schedule", "beta_start", "beta_end", "prediction_type", "steps_offset", "num_train_timesteps")
    return exact(DDIMScheduler(**{key: published.config[key] for key in kept}, clip_sample=False))


def run(pipeline: Any, case: dict, **given) -> dict[str, Tensor]:
    """The noised class label's embedding, the last latents and the pictures in [-1, 1]."""
    seeds, side = case["seeds"], case["size"] // FACTOR
    results: dict[str, Tensor] = {}
    pipeline.set_progress_bar_config(disable=True)
    pipeline.image_noising_scheduler = exact(
        type(pipeline.image_noising_scheduler)(**pipeline.image_noising_scheduler.config)
    )
    streamed(pipeline.scheduler, "decoder", seeds, results, "latent")
    plain = pipeline.noise_image_embeddings

    def noised(**options) -> Tensor:
        results["z"] = options["image_embeds"]
        answer = plain(**options, noise=batch(seeds, "decoder/embedding/initial", (WIDTH,)))
        results["noised"] = answer[:, :WIDTH]
        return answer

    with mock.patch.object(pipeline, "noise_image_embeddings", noised):
        pictures = pipeline(
            negative_prompt=None if case.get("negative") is None else [case["negative"]] * len(seeds),
            num_inference_steps=case["steps"],
            guidance_scale=GUIDANCE,
            noise_level=case["level"],
            height=case["size"],
            width=case["size"],
            latents=batch(seeds, "decoder/initial", (4, side, side)),
            output_type="np",
            **given,
        ).images
    return {**results, "picture": in_range(pictures)}


def drawn(place: str, results: dict[str, Tensor], i: int) -> dict[str, Tensor]:
    return {
        f"{place}/z": results["z"][i].clone(),
        f"{place}/noised": results["noised"][i].clone(),
        f"{place}/latent": results["latent"][i].clone(),
        f"{place}/picture": thin(results["picture"][i], PICTURE_STRIDE),
    }


def numbers(images: dict[str, Any], karlo: dict[str, Any]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    tokenizer, decoder_text = images["tokenizer"], images["text_encoder"]
    scheduler = images["scheduler"]
    seen = images["feature_extractor"](images=Image.fromarray(wave(224, 224)), return_tensors="pt").pixel_values
    z = images["image_encoder"](seen).image_embeds
    shared = {key: images[key] for key in ("image_normalizer", "image_noising_scheduler", "tokenizer", "text_encoder")}
    shared |= {"unet": images["unet"], "vae": images["vae"]}
    for index, case in enumerate(TEXT_CASES):
        prior_scheduler = exact(Spaced(**karlo["prior_scheduler"].config))
        streamed(prior_scheduler, "prior/draw/0", case["seeds"], {}, "z")
        pipeline = StableUnCLIPPipeline(
            prior_tokenizer=karlo["tokenizer"],
            prior_text_encoder=karlo["text_encoder"],
            prior=karlo["prior"],
            prior_scheduler=prior_scheduler,
            scheduler=decoder_scheduler(scheduler),
            **shared,
        )
        results = run(
            pipeline,
            case,
            prompt=case["captions"],
            prior_num_inference_steps=case["steps"],
            prior_guidance_scale=PRIOR_GUIDANCE,
            prior_latents=batch(case["seeds"], "prior/draw/0/initial", (WIDTH,)),
        )
        for i, caption in enumerate(case["captions"]):
            place = f"text/{index}/{i}"
            found |= caption_numbers(karlo["tokenizer"], karlo["text_encoder"], caption, place)
            tokens = tokenizer(caption, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
            found[f"{place}/decoder_states"] = thin(decoder_text(tokens.input_ids).last_hidden_state, STATES_STRIDE)
            found |= drawn(place, results, i)
    found["image/embedding"] = z[0].clone()
    for index, case in enumerate(IMAGE_CASES):
        pipeline = StableUnCLIPImg2ImgPipeline(**{**images, "scheduler": decoder_scheduler(scheduler)})
        count = len(case["seeds"])
        results = run(pipeline, case, prompt=[case["caption"]] * count, image_embeds=z.repeat(count, 1))
        for i in range(count):
            found |= drawn(f"image/{index}/{i}", results, i)
    return found


@torch.no_grad()
def write_numbers() -> None:
    found = numbers(*tiny.parts())
    described = {
        "text": TEXT_CASES,
        "image": IMAGE_CASES,
        "guidance": GUIDANCE,
        "priorGuidance": PRIOR_GUIDANCE,
        "strides": {"picture": PICTURE_STRIDE, "states": STATES_STRIDE},
    }
    save_numbers(found, described, NUMBERS)


def write_bundle(folder: Path) -> None:
    shutil.rmtree(BUNDLE, ignore_errors=True)
    images, karlo = tiny.save(folder)
    convert.write(
        Folder(images, IMAGES, ()),
        Folder(karlo, TEXT_TO_IMAGE, ()),
        BUNDLE,
        **random_model(folder, "stable-unclip-tiny", tiny.__name__),
        sizes={"min": 64, "max": 128, "multipleOf": 64},
        default_size=64,
    )


def main() -> None:
    if "--numbers" not in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            write_bundle(Path(folder))
    write_numbers()


if __name__ == "__main__":
    main()

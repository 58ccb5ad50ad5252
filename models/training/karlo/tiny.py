"""A small Karlo: diffusers' pipelines with Karlo's configuration, narrower and shallower, and random weights.

The folders are those of Karlo's two repositories on the Hugging Face hub.

    python -m models.training.karlo.tiny FOLDER     writes FOLDER/text-to-image and FOLDER/variations
"""

import sys
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    UnCLIPImageVariationPipeline,
    UnCLIPPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
    UNet2DModel,
)
from diffusers.pipelines.deprecated.unclip import UnCLIPTextProjModel
from transformers import CLIPImageProcessorPil

from models.training.importing.tiny import (
    WIDTH,
    hub_tokenizer,
    image_encoder,
    loud,
    quiet,
    text_encoder,
    tokenizer,
    whitened_prior,
)

DECODER = {
    "block_out_channels": [16, 24, 32, 48],
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "cross_attention_dim": 32,
}
SUPER_RES = {"block_out_channels": [8, 16, 24, 32], "layers_per_block": 1, "norm_num_groups": 8}


def text_proj(decoder: UNet2DConditionModel, width: int = WIDTH) -> UnCLIPTextProjModel:
    return UnCLIPTextProjModel(
        clip_extra_context_tokens=4,
        clip_embeddings_dim=width,
        time_embed_dim=4 * decoder.config["block_out_channels"][0],
        cross_attention_dim=decoder.config["cross_attention_dim"],
    )


def decoder(**sizes) -> UNet2DConditionModel:
    down, up = "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnUpBlock2D"
    return UNet2DConditionModel(
        **{
            "sample_size": 64,
            "in_channels": 3,
            "out_channels": 6,
            "attention_head_dim": 8,
            "down_block_types": ["ResnetDownsampleBlock2D", down, down, down],
            "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
            "up_block_types": [up, up, up, "ResnetUpsampleBlock2D"],
            "class_embed_type": "identity",
            "resnet_time_scale_shift": "scale_shift",
            **DECODER,
            **sizes,
        }
    )


def super_res(**sizes) -> UNet2DModel:
    return UNet2DModel(
        **{
            "sample_size": 256,
            "in_channels": 6,
            "out_channels": 3,
            "add_attention": False,
            "down_block_types": ["ResnetDownsampleBlock2D"] * 4,
            "up_block_types": ["ResnetUpsampleBlock2D"] * 4,
            **SUPER_RES,
            **sizes,
        }
    )


def schedulers() -> dict[str, UnCLIPScheduler]:
    small = {"variance_type": "fixed_small_log", "num_train_timesteps": 1000}
    return {
        "prior_scheduler": UnCLIPScheduler(**small, clip_sample_range=5.0, prediction_type="sample"),
        "decoder_scheduler": UnCLIPScheduler(variance_type="learned_range", num_train_timesteps=1000),
        "super_res_scheduler": UnCLIPScheduler(**small),
    }


def pipelines() -> tuple[UnCLIPPipeline, UnCLIPImageVariationPipeline]:
    torch.manual_seed(4)
    words = tokenizer()
    unet = quiet(loud(decoder()))
    shared: dict[str, Any] = {
        "decoder": unet,
        "text_proj": loud(text_proj(unet)),
        "text_encoder": loud(text_encoder(len(words)), 3.0),
        "tokenizer": words,
        "super_res_first": quiet(loud(super_res())),
        "super_res_last": quiet(loud(super_res(sample_size=None))),
    }
    scheduled: dict[str, Any] = schedulers()
    whitened = whitened_prior()
    generate = UnCLIPPipeline(prior=whitened, **shared, **scheduled)
    del scheduled["prior_scheduler"]
    images: dict[str, Any] = {
        "image_encoder": loud(image_encoder(), 3.0),
        "feature_extractor": CLIPImageProcessorPil(),
    }
    vary = UnCLIPImageVariationPipeline(**shared, **scheduled, **images)
    return generate, vary


def save(folder: Path) -> tuple[Path, Path]:
    """The folders of the two pipelines."""
    folders = folder / "text-to-image", folder / "variations"
    for path, pipeline in zip(folders, pipelines(), strict=True):
        pipeline.save_pretrained(path)
        hub_tokenizer(path / "tokenizer", pipeline.tokenizer)
    return folders


if __name__ == "__main__":
    for made in save(Path(sys.argv[1])):
        print(made)

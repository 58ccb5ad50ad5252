"""A small Kandinsky 2.2: diffusers' pipelines with its configuration, narrower and shallower, and random weights.

The folders are those of Kandinsky's two repositories on the Hugging Face hub.

    python -m models.training.kandinsky.tiny FOLDER     writes FOLDER/prior and FOLDER/decoder
"""

import sys
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    DDPMScheduler,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
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


def unet(**sizes) -> UNet2DConditionModel:
    down, up = "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnUpBlock2D"
    return UNet2DConditionModel(
        **{
            "sample_size": 64,
            "in_channels": 4,
            "out_channels": 8,
            "attention_head_dim": 8,
            "down_block_types": ["ResnetDownsampleBlock2D", down, down, down],
            "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
            "up_block_types": [up, up, up, "ResnetUpsampleBlock2D"],
            "addition_embed_type": "image",
            "encoder_hid_dim": WIDTH,
            "encoder_hid_dim_type": "image_proj",
            "resnet_time_scale_shift": "scale_shift",
            "block_out_channels": [8, 16, 16, 24],
            "layers_per_block": 1,
            "norm_num_groups": 8,
            "cross_attention_dim": 8,
            **sizes,
        }
    )


def movq(**sizes) -> VQModel:
    down, up = "DownEncoderBlock2D", "UpDecoderBlock2D"
    return VQModel(
        **{
            "down_block_types": [down, down, down, "AttnDownEncoderBlock2D"],
            "up_block_types": ["AttnUpDecoderBlock2D", up, up, up],
            "block_out_channels": [32, 32, 32, 32],  # SpatialNorm has 32 groups
            "layers_per_block": 1,
            "norm_num_groups": 32,
            "latent_channels": 4,
            "vq_embed_dim": 4,
            "num_vq_embeddings": 64,
            "norm_type": "spatial",
            **sizes,
        }
    )


def prior_scheduler() -> UnCLIPScheduler:
    """As published."""
    return UnCLIPScheduler(
        variance_type="fixed_small_log", clip_sample_range=10.0, prediction_type="sample", num_train_timesteps=1000
    )


def decoder_scheduler() -> DDPMScheduler:
    """As published: what is not named here is the class's default (leading, fixed_small)."""
    return DDPMScheduler(beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=True, steps_offset=1)


def pipelines() -> tuple[KandinskyV22PriorPipeline, KandinskyV22Pipeline]:
    torch.manual_seed(5)
    words = tokenizer()
    whitened = whitened_prior()
    encoders: dict[str, Any] = {
        "text_encoder": loud(text_encoder(len(words), hidden_act="gelu"), 3.0),
        "image_encoder": loud(image_encoder(hidden_act="gelu"), 3.0),
        "image_processor": CLIPImageProcessorPil(),
    }
    embeds = KandinskyV22PriorPipeline(
        prior=whitened,
        **encoders,
        tokenizer=words,
        scheduler=prior_scheduler(),
    )
    draws = KandinskyV22Pipeline(unet=quiet(loud(unet())), movq=loud(movq()), scheduler=decoder_scheduler())
    return embeds, draws


def save(folder: Path) -> tuple[Path, Path]:
    """The folders of the two pipelines."""
    folders = folder / "prior", folder / "decoder"
    embeds, draws = pipelines()
    for path, pipeline in zip(folders, (embeds, draws), strict=True):
        pipeline.save_pretrained(path)
    hub_tokenizer(folders[0] / "tokenizer", embeds.tokenizer)
    return folders


if __name__ == "__main__":
    for made in save(Path(sys.argv[1])):
        print(made)

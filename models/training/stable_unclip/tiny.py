"""A small Stable unCLIP l: diffusers' pipelines with its configuration, narrower and shallower, and random weights.

python -m models.training.stable_unclip.tiny FOLDER     writes FOLDER/images, as on the hub, and FOLDER/karlo, whose
                                                        prior samples embeddings for it
"""

import sys
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDPMScheduler,
    PNDMScheduler,
    StableUnCLIPImg2ImgPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer
from transformers import CLIPImageProcessorPil, CLIPTextConfig, CLIPTextModel

from models.training.importing.tiny import (
    LENGTH,
    WIDTH,
    hub_tokenizer,
    image_encoder,
    loud,
    prior,
    quiet,
    text_encoder,
    tokenizer,
)

DECODER_WIDTH = 24  # of the states that the decoder reads


def unet(**sizes) -> UNet2DConditionModel:
    down, up = "CrossAttnDownBlock2D", "CrossAttnUpBlock2D"
    return UNet2DConditionModel(
        **{
            "sample_size": 16,
            "in_channels": 4,
            "out_channels": 4,
            "down_block_types": (down, down, down, "DownBlock2D"),
            "up_block_types": ("UpBlock2D", up, up, up),
            "block_out_channels": (8, 16, 16, 16),
            "layers_per_block": 1,
            "norm_num_groups": 8,
            "cross_attention_dim": DECODER_WIDTH,
            "attention_head_dim": (1, 2, 2, 2),
            "use_linear_projection": True,
            "class_embed_type": "projection",
            "projection_class_embeddings_input_dim": 2 * WIDTH,
            **sizes,
        }
    )


def vae(**given) -> AutoencoderKL:
    sizes: dict[str, Any] = {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (8, 8, 8, 8),
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "latent_channels": 4,
        **given,
    }
    return AutoencoderKL(**sizes)


def decoder_text(vocabulary: int, **given) -> CLIPTextModel:
    sizes: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": DECODER_WIDTH,
        "intermediate_size": 2 * DECODER_WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": LENGTH,
        "hidden_act": "gelu",
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 1,
        **given,
    }
    return CLIPTextModel(CLIPTextConfig(**sizes))


def schedulers() -> dict[str, Any]:
    """As published."""
    return {
        "scheduler": PNDMScheduler(
            beta_schedule="scaled_linear",
            beta_start=0.00085,
            beta_end=0.012,
            prediction_type="v_prediction",
            set_alpha_to_one=False,
            skip_prk_steps=True,
            steps_offset=1,
        ),
        "image_noising_scheduler": DDPMScheduler(beta_schedule="squaredcos_cap_v2"),
    }


def parts() -> tuple[dict[str, Any], dict[str, Any]]:
    """Those of the image pipeline, and those of the prior by their names in Karlo's folder."""
    torch.manual_seed(8)
    words, normalizer, whitened = tokenizer(), StableUnCLIPImageNormalizer(WIDTH), loud(prior())
    with torch.no_grad():
        for mean in (normalizer.mean, whitened.clip_mean):
            mean.copy_(torch.linspace(-0.5, 0.5, WIDTH)[None])
        for std in (normalizer.std, whitened.clip_std):
            std.copy_(torch.linspace(0.2, 0.6, WIDTH)[None])
    images = {
        "feature_extractor": CLIPImageProcessorPil(),
        "image_encoder": loud(image_encoder(), 3.0),
        "image_normalizer": normalizer,
        "tokenizer": words,
        "text_encoder": loud(decoder_text(len(words)), 3.0),
        "unet": quiet(loud(unet())),
        "vae": loud(vae()),
        **schedulers(),
    }
    karlo = {
        "prior": whitened,
        "text_encoder": loud(text_encoder(len(words)), 3.0),
        "tokenizer": words,
        "prior_scheduler": UnCLIPScheduler(
            variance_type="fixed_small_log", clip_sample_range=5.0, prediction_type="sample", num_train_timesteps=1000
        ),
    }
    return images, karlo


def save(folder: Path) -> tuple[Path, Path]:
    """The folders of the pipeline and of the prior."""
    images, karlo = parts()
    places = folder / "images", folder / "karlo"
    StableUnCLIPImg2ImgPipeline(**images).save_pretrained(places[0])
    for name, part in karlo.items():
        part.save_pretrained(places[1] / name)
    for place in places:
        hub_tokenizer(place / "tokenizer", karlo["tokenizer"])
    return places


if __name__ == "__main__":
    for made in save(Path(sys.argv[1])):
        print(made)

"""Stable unCLIP 2.1's folder on the Hugging Face hub: h (stable-diffusion-2-1-unclip) or l (-small)."""

import diffusers
import transformers
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer

from models.training.importing.folder import IMAGE_PROCESSORS, TOKENIZERS, Pipeline

# What makes a network Stable unCLIP's, whatever its width and depth: the engine's stages rest on it.
DOWN, UP = "CrossAttnDownBlock2D", "CrossAttnUpBlock2D"
IMAGES = Pipeline(
    name="StableUnCLIPImg2ImgPipeline",
    model="Stable unCLIP",
    networks={
        "image_encoder": transformers.CLIPVisionModelWithProjection,
        "image_normalizer": StableUnCLIPImageNormalizer,
        "text_encoder": transformers.CLIPTextModel,
        "unet": diffusers.UNet2DConditionModel,
        "vae": diffusers.AutoencoderKL,
    },
    schedulers={"scheduler": diffusers.PNDMScheduler, "image_noising_scheduler": diffusers.DDPMScheduler},
    others={"tokenizer": TOKENIZERS, "feature_extractor": IMAGE_PROCESSORS},
    form={
        "unet": {
            "in_channels": 4,
            "out_channels": 4,
            "class_embed_type": "projection",
            "addition_embed_type": None,
            "encoder_hid_dim_type": None,
            "flip_sin_to_cos": True,
            "freq_shift": 0,
            "down_block_types": [DOWN, DOWN, DOWN, "DownBlock2D"],
            "mid_block_type": "UNetMidBlock2DCrossAttn",
            "up_block_types": ["UpBlock2D", UP, UP, UP],
        },
        "vae": {"in_channels": 3, "out_channels": 3, "latent_channels": 4, "shift_factor": None},
        "scheduler": {"prediction_type": "v_prediction", "beta_schedule": "scaled_linear"},
        "image_noising_scheduler": {"beta_schedule": "squaredcos_cap_v2"},
    },
)

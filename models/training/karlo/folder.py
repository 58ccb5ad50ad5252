"""Karlo's two folders on the Hugging Face hub."""

import diffusers
import transformers
from diffusers import UnCLIPScheduler
from diffusers.pipelines.deprecated.unclip import UnCLIPTextProjModel

from models.training.importing.folder import IMAGE_PROCESSORS, TOKENIZERS, Pipeline

NETWORKS: dict[str, type] = {
    "decoder": diffusers.UNet2DConditionModel,
    "text_proj": UnCLIPTextProjModel,
    "super_res_first": diffusers.UNet2DModel,
    "super_res_last": diffusers.UNet2DModel,
    "text_encoder": transformers.CLIPTextModelWithProjection,
}
SHARED = tuple(NETWORKS)
SCHEDULERS: dict[str, type] = {"decoder_scheduler": UnCLIPScheduler, "super_res_scheduler": UnCLIPScheduler}

# What makes a network Karlo's, whatever its width and depth: the engine's stages rest on it.
DOWN, UP = "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnUpBlock2D"
SUPER_RES = {
    "in_channels": 6,
    "out_channels": 3,
    "add_attention": False,
    "time_embedding_type": "positional",
    "resnet_time_scale_shift": "default",
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "down_block_types": ["ResnetDownsampleBlock2D"] * 4,
    "up_block_types": ["ResnetUpsampleBlock2D"] * 4,
}
FORM: dict[str, dict] = {
    "prior": {
        "additional_embeddings": 4,
        "added_emb_type": "prd",
        "encoder_hid_proj_type": "linear",
        "norm_in_type": None,
    },
    "decoder": {
        "in_channels": 3,
        "out_channels": 6,
        "class_embed_type": "identity",
        "resnet_time_scale_shift": "scale_shift",
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "down_block_types": ["ResnetDownsampleBlock2D", DOWN, DOWN, DOWN],
        "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
        "up_block_types": [UP, UP, UP, "ResnetUpsampleBlock2D"],
    },
    "text_proj": {"clip_extra_context_tokens": 4},
    "super_res_first": SUPER_RES,
    "super_res_last": SUPER_RES,
    "prior_scheduler": {"clip_sample": True, "prediction_type": "sample", "variance_type": "fixed_small_log"},
    "decoder_scheduler": {
        "clip_sample": True,
        "clip_sample_range": 1.0,
        "prediction_type": "epsilon",
        "variance_type": "learned_range",
    },
    "super_res_scheduler": {
        "clip_sample": True,
        "clip_sample_range": 1.0,
        "prediction_type": "epsilon",
        "variance_type": "fixed_small_log",
    },
}

TEXT_TO_IMAGE = Pipeline(
    name="UnCLIPPipeline",
    model="Karlo",
    networks={"prior": diffusers.PriorTransformer, **NETWORKS},
    schedulers={"prior_scheduler": UnCLIPScheduler, **SCHEDULERS},
    others={"tokenizer": TOKENIZERS},
    form=FORM,
)
VARIATIONS = Pipeline(
    name="UnCLIPImageVariationPipeline",
    model="Karlo",
    networks={**NETWORKS, "image_encoder": transformers.CLIPVisionModelWithProjection},
    schedulers=SCHEDULERS,
    others={"tokenizer": TOKENIZERS, "feature_extractor": IMAGE_PROCESSORS},
    form=FORM,
)

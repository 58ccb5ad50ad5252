"""Kandinsky 2.2's two folders on the Hugging Face hub."""

import diffusers
import transformers

from models.training.importing.folder import IMAGE_PROCESSORS, TOKENIZERS, Pipeline

# What makes a network Kandinsky's, whatever its width and depth: the engine's stages rest on it.
DOWN, UP = "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnUpBlock2D"
PRIOR = Pipeline(
    name="KandinskyV22PriorPipeline",
    model="Kandinsky 2.2",
    networks={
        "prior": diffusers.PriorTransformer,
        "text_encoder": transformers.CLIPTextModelWithProjection,
        "image_encoder": transformers.CLIPVisionModelWithProjection,
    },
    schedulers={"scheduler": diffusers.UnCLIPScheduler},
    others={"tokenizer": TOKENIZERS, "image_processor": IMAGE_PROCESSORS},
    form={
        "prior": {
            "additional_embeddings": 4,
            "added_emb_type": "prd",
            "encoder_hid_proj_type": "linear",
            "norm_in_type": None,
        },
        "scheduler": {"clip_sample": True, "prediction_type": "sample", "variance_type": "fixed_small_log"},
    },
)
DECODER = Pipeline(
    name="KandinskyV22Pipeline",
    model="Kandinsky 2.2",
    networks={"unet": diffusers.UNet2DConditionModel, "movq": diffusers.VQModel},
    schedulers={"scheduler": diffusers.DDPMScheduler},
    form={
        "unet": {
            "in_channels": 4,
            "out_channels": 8,
            "addition_embed_type": "image",
            "encoder_hid_dim_type": "image_proj",
            "class_embed_type": None,
            "resnet_time_scale_shift": "scale_shift",
            "flip_sin_to_cos": True,
            "freq_shift": 0,
            "down_block_types": ["ResnetDownsampleBlock2D", DOWN, DOWN, DOWN],
            "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
            "up_block_types": [UP, UP, UP, "ResnetUpsampleBlock2D"],
        },
        "movq": {"in_channels": 3, "out_channels": 3, "latent_channels": 4, "vq_embed_dim": 4, "norm_type": "spatial"},
        # Whether x0 is clamped differs between the published decoders, so the folder says it.
        "scheduler": {"prediction_type": "epsilon", "variance_type": "fixed_small"},
    },
)

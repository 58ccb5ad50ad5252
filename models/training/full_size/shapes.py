"""The parts of the published models at their real shapes, from their published settings, without numbers in them."""

from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel, VQModel
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer
from transformers import CLIPVisionModelWithProjection

from models.training.eclipse.prior import PriorTransformer as EclipsePrior
from models.training.importing import tiny as small
from models.training.kandinsky import tiny as kandinsky
from models.training.karlo import tiny as karlo
from models.training.stable_unclip import tiny as stable

VOCABULARY = 49408
KARLO_UNET = {"block_out_channels": [320, 640, 960, 1280], "layers_per_block": 3, "norm_num_groups": 32}
PRIOR = {"num_attention_heads": 32, "attention_head_dim": 64, "num_layers": 20}

Parts = dict[str, Any]


def vit_l() -> CLIPVisionModelWithProjection:
    """OpenAI's ViT-L/14."""
    return small.image_encoder(
        hidden_size=1024, intermediate_size=4096, projection_dim=768, num_hidden_layers=24, num_attention_heads=16
    )


def kandinsky_prior() -> Parts:
    """Of kandinsky-2-2-prior; CLIP is OpenCLIP's ViT-bigG/14."""
    text = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20}
    image = {"hidden_size": 1664, "intermediate_size": 8192, "num_hidden_layers": 48, "num_attention_heads": 16}
    return {
        "text_encoder": small.text_encoder(VOCABULARY, **text, projection_dim=1280, hidden_act="gelu"),
        "image_encoder": small.image_encoder(**image, projection_dim=1280, hidden_act="gelu"),
        "prior": small.prior(**PRIOR, embedding_dim=1280),
        "scheduler": kandinsky.prior_scheduler(),
    }


def kandinsky_decoder() -> Parts:
    """Of kandinsky-2-2-decoder."""
    return {"unet": kandinsky_unet(), "movq": movq(), "scheduler": kandinsky.decoder_scheduler()}


def kandinsky_unet() -> UNet2DConditionModel:
    return kandinsky.unet(
        block_out_channels=[384, 768, 1152, 1536],
        layers_per_block=3,
        norm_num_groups=32,
        attention_head_dim=64,
        cross_attention_dim=768,
        encoder_hid_dim=1280,
    )


def movq() -> VQModel:
    return kandinsky.movq(block_out_channels=[128, 256, 256, 512], layers_per_block=2, num_vq_embeddings=16384)


def karlo_text() -> Parts:
    """Of karlo-v1-alpha. Its text encoder, prior and their settings are those of Stable unCLIP l too."""
    text = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
    unet = karlo_unet()
    return {
        "text_encoder": small.text_encoder(VOCABULARY, **text, projection_dim=768),
        "prior": small.prior(**PRIOR, embedding_dim=768),
        "decoder": unet,
        "text_proj": karlo.text_proj(unet, width=768),
        "super_res_first": karlo.super_res(**KARLO_UNET),
        "super_res_last": karlo.super_res(**KARLO_UNET, sample_size=None),
        **karlo.schedulers(),
    }


def karlo_unet() -> UNet2DConditionModel:
    return karlo.decoder(**KARLO_UNET, attention_head_dim=64, cross_attention_dim=1536)


def karlo_images() -> Parts:
    """Of karlo-v1-alpha-image-variations: the part that the other folder lacks."""
    return {"image_encoder": vit_l()}


def stable_unclip(width: int) -> Parts:
    """Of stable-diffusion-2-1-unclip (width 1024, OpenCLIP's ViT-H/14) or its -small (768, OpenAI's ViT-L/14)."""
    h = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 16}
    wide = small.image_encoder(**h, projection_dim=width, hidden_act="gelu") if width == 1024 else vit_l()
    text = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16}
    return {
        "image_encoder": wide,
        "image_normalizer": StableUnCLIPImageNormalizer(width),
        "text_encoder": stable.decoder_text(VOCABULARY, **text),
        "unet": stable_unet(width),
        "vae": vae(),
        **stable.schedulers(),
    }


def stable_unet(width: int) -> UNet2DConditionModel:
    return stable.unet(
        sample_size=96,
        block_out_channels=(320, 640, 1280, 1280),
        layers_per_block=2,
        norm_num_groups=32,
        cross_attention_dim=1024,
        attention_head_dim=(5, 10, 20, 20),
        projection_class_embeddings_input_dim=2 * width,
    )


def vae() -> AutoencoderKL:
    return stable.vae(block_out_channels=(128, 256, 512, 512), layers_per_block=2, norm_num_groups=32)


def eclipse(width: int) -> EclipsePrior:
    """For Kandinsky 2.2 (width 1280) or Karlo (768)."""
    return EclipsePrior(num_attention_heads=16, attention_head_dim=32, num_layers=10, embedding_dim=width)


def without_numbers(make: Any, *given: Any) -> Any:
    """What `make` makes, on PyTorch's device for shapes."""
    with torch.device("meta"):
        return make(*given)

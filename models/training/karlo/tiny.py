"""A small Karlo: diffusers' pipelines with Karlo's configuration, narrower and shallower, and random weights.

The folders are those of Karlo's two repositories on the Hugging Face hub.

    python -m models.training.karlo.tiny FOLDER     writes FOLDER/text-to-image and FOLDER/variations
"""

import json
import sys
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers import (
    PriorTransformer,
    UnCLIPImageVariationPipeline,
    UnCLIPPipeline,
    UnCLIPScheduler,
    UNet2DConditionModel,
    UNet2DModel,
)
from diffusers.pipelines.deprecated.unclip import UnCLIPTextProjModel
from torch import nn
from transformers import (
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from models.clip.tokenizer import train_bpe

Network = TypeVar("Network", bound=nn.Module)
Unet = TypeVar("Unet", UNet2DConditionModel, UNet2DModel)

WIDTH = 32  # of CLIP: Karlo's is 768, and the text states' width is the same
LENGTH = 77
TEXTS = ["a red apple on a blue background", "a shiba inu wearing a beret and black turtleneck", "un café crème"]
DECODER = {
    "block_out_channels": [16, 24, 32, 48],
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "cross_attention_dim": 32,
}
SUPER_RES = {"block_out_channels": [8, 16, 24, 32], "layers_per_block": 1, "norm_num_groups": 8}


def text_encoder(vocabulary: int, **sizes) -> CLIPTextModelWithProjection:
    return CLIPTextModelWithProjection(
        CLIPTextConfig(
            **{
                "vocab_size": vocabulary,
                "hidden_size": WIDTH,
                "intermediate_size": 2 * WIDTH,
                "projection_dim": WIDTH,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "max_position_embeddings": LENGTH,
                "hidden_act": "quick_gelu",
                "bos_token_id": 0,
                "eos_token_id": 2,
                "pad_token_id": 1,  # as in Karlo's file: none of them is used
                **sizes,
            }
        )
    )


def image_encoder(**sizes) -> CLIPVisionModelWithProjection:
    return CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            **{
                "hidden_size": WIDTH,
                "intermediate_size": 2 * WIDTH,
                "projection_dim": WIDTH,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "image_size": 224,
                "patch_size": 14,
                "hidden_act": "quick_gelu",
                **sizes,
            }
        )
    )


def prior(**sizes) -> PriorTransformer:
    return PriorTransformer(
        **{
            "num_attention_heads": 4,
            "attention_head_dim": 8,
            "num_layers": 2,
            "embedding_dim": WIDTH,
            "num_embeddings": LENGTH,
            "additional_embeddings": 4,
            "dropout": 0.0,
            **sizes,
        }
    )


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


def loud(module: Network, gain: float = 1.0) -> Network:
    """Randomises every weight, so that each affects the output, including those that start at 0 or 1.

    Rounds to fp16, so that a file can store the weights in half the space.
    """
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() < 2:
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
            elif not parameter.any():
                parameter.normal_(std=0.05)
            else:
                parameter.mul_(gain)
            parameter.copy_(parameter.half().float())
    return module.eval()


def quiet(unet: Unet) -> Unet:
    """Reduces the predicted noise, because fp32 rounding grows with it.

    At t = 999 alpha is 5e-5, so x0 = (x - sigma noise) / alpha is rounding wherever it is not clipped, also between
    fp32 and fp64 in PyTorch.
    """
    with torch.no_grad():
        for parameter in unet.conv_out.parameters():
            parameter.copy_((0.3 * parameter).half().float())
    return unet


def pipelines() -> tuple[UnCLIPPipeline, UnCLIPImageVariationPipeline]:
    torch.manual_seed(4)
    vocab, merges = train_bpe(TEXTS, 600, minimum=1)
    words: dict[str, Any] = {"vocab": vocab, "merges": [tuple(pair) for pair in merges]}
    tokenizer = CLIPTokenizer(**words, pad_token="!", model_max_length=LENGTH)
    unet = quiet(loud(decoder()))
    shared: dict[str, Any] = {
        "decoder": unet,
        "text_proj": loud(text_proj(unet)),
        "text_encoder": loud(text_encoder(len(vocab)), 3.0),
        "tokenizer": tokenizer,
        "super_res_first": quiet(loud(super_res())),
        "super_res_last": quiet(loud(super_res(sample_size=None))),
    }
    scheduled: dict[str, Any] = schedulers()
    whitened = loud(prior())
    with torch.no_grad():
        whitened.clip_mean.normal_(std=0.3)
        whitened.clip_std.uniform_(0.2, 0.6)
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


def hub_tokenizer(folder: Path, tokenizer: CLIPTokenizer) -> None:
    """The files that Karlo's tokenizer has on the hub; transformers now writes another."""
    (folder / "tokenizer.json").unlink()
    state = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    (folder / "vocab.json").write_text(json.dumps(state["vocab"], ensure_ascii=False), "utf-8")
    merges = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in state["merges"])])
    (folder / "merges.txt").write_text(merges + "\n", "utf-8")


if __name__ == "__main__":
    for made in save(Path(sys.argv[1])):
        print(made)

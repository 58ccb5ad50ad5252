"""Small networks and tokenizers in the form of published models, with random weights."""

import json
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers import PriorTransformer, UNet2DConditionModel, UNet2DModel
from torch import nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from models.clip.tokenizer import train_bpe

Network = TypeVar("Network", bound=nn.Module)
Unet = TypeVar("Unet", UNet2DConditionModel, UNet2DModel)

WIDTH = 32  # of CLIP, and of the text states
LENGTH = 77
TEXTS = ["a red apple on a blue background", "a shiba inu wearing a beret and black turtleneck", "un café crème"]


def tokenizer() -> CLIPTokenizer:
    """CLIP's byte pairs of a few captions; pads with "!" (number 0), as Karlo's."""
    vocab, merges = train_bpe(TEXTS, 600, minimum=1)
    words: dict[str, Any] = {"vocab": vocab, "merges": [tuple(pair) for pair in merges]}
    return CLIPTokenizer(**words, pad_token="!", model_max_length=LENGTH)


def hub_tokenizer(folder: Path, tokenizer: CLIPTokenizer) -> None:
    """The files that Karlo's tokenizer has on the hub; transformers now writes another."""
    (folder / "tokenizer.json").unlink()
    state = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    (folder / "vocab.json").write_text(json.dumps(state["vocab"], ensure_ascii=False), "utf-8")
    merges = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in state["merges"])])
    (folder / "merges.txt").write_text(merges + "\n", "utf-8")


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


def whitened_prior() -> PriorTransformer:
    """With random statistics of CLIP, which `prior` leaves at zero."""
    made = loud(prior())
    with torch.no_grad():
        made.clip_mean.normal_(std=0.3)
        made.clip_std.uniform_(0.2, 0.6)
    return made


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

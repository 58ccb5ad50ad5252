"""CLIP's encoders as graphs with the inputs and outputs of the engine (models/bundle lists them)."""

import torch
from torch import Tensor, nn
from transformers import CLIPTextModelWithProjection, CLIPVisionModelWithProjection

from models.training.onnx_export import Network

TEXT_OUTPUTS = ["embedding", "states"]


class TextTower(nn.Module):
    """tokens (n, L) int32 -> embedding (n, D), states (n, L, W)."""

    def __init__(self, encoder: CLIPTextModelWithProjection):
        super().__init__()
        self.encoder = encoder

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        encoded = self.encoder(tokens)
        return encoded.text_embeds, encoded.last_hidden_state


class ImageTower(nn.Module):
    """image (n, 3, S, S), normalised -> embedding (n, D)."""

    def __init__(self, encoder: CLIPVisionModelWithProjection):
        super().__init__()
        self.encoder = encoder

    def forward(self, image: Tensor) -> Tensor:
        return self.encoder(image).image_embeds


def text_network(encoder: CLIPTextModelWithProjection, vocabulary: int, length: int) -> Network:
    return Network("clip-text.onnx", TextTower(encoder), {"tokens": example_tokens(vocabulary, length)}, TEXT_OUTPUTS)


def image_network(encoder: CLIPVisionModelWithProjection, side: int) -> Network:
    return Network("clip-image.onnx", ImageTower(encoder), {"image": normal(3, side, side)}, ["embedding"])


def normal(*shape: int) -> Tensor:
    """Two rows of an example input."""
    return torch.randn(2, *shape, generator=torch.Generator().manual_seed(sum(shape)))


def times() -> Tensor:
    """Two timesteps as an example input."""
    return torch.tensor([999.0, 37.0])


def example_tokens(vocabulary: int, length: int) -> Tensor:
    """Two captions as an example input, (2, L): their end token, the last of the vocabulary, stands at position 9."""
    tokens = torch.randint(
        1, vocabulary - 2, (2, length), generator=torch.Generator().manual_seed(0), dtype=torch.int32
    )
    tokens[:, 9] = vocabulary - 1
    return tokens


def example_caption(dimensions: int, length: int, width: int) -> dict[str, Tensor]:
    """A short and a full caption as example inputs."""
    return {
        "text_embedding": normal(dimensions),
        "text_states": normal(length, width),
        "text_mask": (torch.arange(length)[None] < torch.tensor([[10], [length]])).float(),
    }

"""The networks of the tests' bundle of latents (tiny_latent.py): small, and every input shows in the output."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.training.importing.memory import LATENT, PICTURE
from models.training.onnx_export import Network

DIMENSIONS, LENGTH, WIDTH, SEEN = 16, 16, 16, 32
DECODER_LENGTH, DECODER_WIDTH = 12, 8
CHANNELS, FACTOR = 4, 8


class TextEncoder(nn.Module):
    """tokens (n, L) int32 -> embedding (n, D), states (n, L, W)."""

    def __init__(self, vocabulary: int, width: int, dimensions: int):
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.project = nn.Linear(width, dimensions)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        states = torch.tanh(self.token(tokens))
        return self.project(states.mean(dim=1)), states


class ImageEncoder(nn.Module):
    """image (n, 3, I, I) -> embedding (n, D)."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 8, stride=8)
        self.project = nn.Linear(16, DIMENSIONS)

    def forward(self, image: Tensor) -> Tensor:
        return self.project(torch.tanh(self.patches(image)).mean(dim=(2, 3)))


class Text(nn.Module):
    """The three text inputs -> one vector (n, 32); a learned one where the mask is zero everywhere."""

    def __init__(self, dimensions: int, width: int):
        super().__init__()
        self.project = nn.Linear(dimensions + width, 32)
        self.null = nn.Parameter(torch.randn(32))

    def forward(self, embedding: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        pooled = (states * mask[..., None]).mean(dim=1)
        given = mask.amax(dim=1, keepdim=True)
        return given * self.project(torch.cat([embedding, pooled], dim=1)) + (1 - given) * self.null


class DirectPrior(nn.Module):
    """x (n, D) noise, the caption -> z_i (n, D)."""

    def __init__(self) -> None:
        super().__init__()
        self.text = Text(DIMENSIONS, WIDTH)
        self.layers = nn.Sequential(nn.Linear(DIMENSIONS + 32, 32), nn.SiLU(), nn.Linear(32, DIMENSIONS))

    def forward(self, x: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> Tensor:
        return self.layers(torch.cat([x, self.text(text_embedding, text_states, text_mask)], dim=1))


class DiffusionPrior(DirectPrior):
    """x (n, D) noised, t (n), the caption -> x0 (n, D), whitened."""

    def forward(  # type: ignore[override]
        self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor
    ) -> Tensor:
        level = (t / 1000)[:, None]
        return super().forward(x * (1 - level), text_embedding, text_states, text_mask)


class Decoder(nn.Module):
    """x (n, C, h, w) noised, t (n), z_i with its mask and noise level, the caption -> v (n, C, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        self.text = Text(DIMENSIONS, DECODER_WIDTH)
        self.picture = nn.Linear(DIMENSIONS + 1, 32)
        self.null = nn.Parameter(torch.randn(32))
        self.inner = nn.Conv2d(CHANNELS, 32, 3, padding=1)
        self.outer = nn.Conv2d(32, CHANNELS, 3, padding=1)

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        image_embedding: Tensor,
        image_mask: Tensor,
        noise_level: Tensor,
        text_embedding: Tensor,
        text_states: Tensor,
        text_mask: Tensor,
    ) -> Tensor:
        noised = self.picture(torch.cat([image_embedding, (noise_level / 1000)[:, None]], dim=1))
        given = image_mask[:, None]
        condition = given * noised + (1 - given) * self.null
        condition = condition + self.text(text_embedding, text_states, text_mask) + (t / 1000)[:, None]
        return self.outer(torch.tanh(self.inner(x) + condition[:, :, None, None]))


class Autoencoder(nn.Module):
    """Patches of 8 x 8 pixels to the means of their colours, times 8, and one more number; and back.

    The rows of the matrix are orthonormal, so encode(decode(latent)) is the latent.
    """

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        rows = torch.zeros(CHANNELS, 3, FACTOR * FACTOR)
        for colour in range(3):
            rows[colour, colour] = 1 / FACTOR
        ramp = torch.linspace(-1, 1, FACTOR).repeat(FACTOR)
        rows[3] = ramp / (3 * ramp.square().sum()).sqrt()
        self.register_buffer("kernel", rows.reshape(CHANNELS, 3, FACTOR, FACTOR))

    def encode(self, image: Tensor) -> Tensor:
        return F.conv2d(image, self.kernel, stride=FACTOR)

    def decode(self, latent: Tensor) -> Tensor:
        return F.conv_transpose2d(latent, self.kernel, stride=FACTOR)


class Encode(Autoencoder):
    def forward(self, image: Tensor) -> Tensor:
        return self.encode(image)


class Decode(Autoencoder):
    def forward(self, latent: Tensor) -> Tensor:
        return self.decode(latent)


def networks(vocabulary: int) -> dict[str, Network]:
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(2, *shape, generator=generator)

    def tokens(length: int) -> Tensor:
        return torch.randint(1, vocabulary, (2, length), generator=generator, dtype=torch.int32)

    def caption(length: int, width: int) -> dict[str, Tensor]:
        mask = (torch.arange(length)[None] < torch.tensor([[5], [length]])).float()
        return {"text_embedding": normal(DIMENSIONS), "text_states": normal(length, width), "text_mask": mask}

    times = torch.tensor([999.0, 37.0])
    x = normal(CHANNELS, 8, 8)
    conditions = {"image_embedding": normal(DIMENSIONS), "image_mask": torch.tensor([1.0, 0.0]), "noise_level": times}
    made = {
        "text": Network(
            "clip-text.onnx",
            TextEncoder(vocabulary, WIDTH, DIMENSIONS),
            {"tokens": tokens(LENGTH)},
            ["embedding", "states"],
        ),
        "image": Network("clip-image.onnx", ImageEncoder(), {"image": normal(3, SEEN, SEEN)}, ["embedding"]),
        "diffusion": Network(
            "prior-diffusion.onnx",
            DiffusionPrior(),
            {"x": normal(DIMENSIONS), "t": times, **caption(LENGTH, WIDTH)},
            ["prediction"],
        ),
        "direct": Network(
            "prior-direct.onnx", DirectPrior(), {"x": normal(DIMENSIONS), **caption(LENGTH, WIDTH)}, ["prediction"]
        ),
        "decoder_text": Network(
            "decoder-text.onnx",
            TextEncoder(vocabulary, DECODER_WIDTH, DIMENSIONS),
            {"tokens": tokens(DECODER_LENGTH)},
            ["embedding", "states"],
        ),
        "decoder": Network(
            "decoder.onnx",
            Decoder(),
            {"x": x, "t": times, **conditions, **caption(DECODER_LENGTH, DECODER_WIDTH)},
            ["prediction"],
            axes={"x": LATENT, "prediction": LATENT},
        ),
        "encode": Network(
            "encode.onnx", Encode(), {"image": normal(3, 64, 64)}, ["latent"], axes={"image": PICTURE, "latent": LATENT}
        ),
        "decode": Network("decode.onnx", Decode(), {"latent": x}, ["image"], axes={"image": PICTURE, "latent": LATENT}),
    }
    for network in made.values():
        network.module.eval()
    return made

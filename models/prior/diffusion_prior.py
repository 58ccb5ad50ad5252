"""The diffusion prior: caption to z_i by denoising it (paper 2.2).

It has the paper's inputs: text states, z_t, timestep and noised z_i, and predicts x0. Where the paper has a causal
transformer over all of them, this one pools the text states by attention and goes on with wide residual layers: the
caption is encoded once, and each timestep costs only the denoiser's products of matrices.
"""

from torch import Tensor, nn

from models.diffusion.timestep import timestep_embedding
from models.prior.caption_encoder import CaptionEncoder, ResidualLayers

TIME_WIDTH = 128


class DiffusionPrior(nn.Module):
    """x (n, D) noised whitened z_i, t (n), text_embedding (n, D), text_states (n, L, W), text_mask (n, L) -> x0 (n, D)

    text_mask holds 1 on the caption's tokens, start and end included.
    """

    def __init__(self, dimensions: int, states: int, queries: int, encoder: dict, denoiser: dict):
        """encoder, denoiser: each its `width`, `hidden` width and number of `layers`."""
        super().__init__()
        self.encoder = CaptionEncoder(dimensions, states, queries, **encoder)
        width = denoiser["width"]
        self.condition = nn.Linear(encoder["width"], width)
        self.time = nn.Linear(TIME_WIDTH, width)
        self.noised = nn.Linear(dimensions, width)
        self.denoiser = ResidualLayers(**denoiser)
        self.out = nn.Linear(width, dimensions)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> Tensor:
        condition, mean = self.encode(text_embedding, text_states, text_mask)
        return self.denoise(x, t, condition, mean)

    def encode(self, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor) -> tuple[Tensor, Tensor]:
        """The caption for the denoiser, (n, width), and the z_i that it leads to expect, (n, D)."""
        caption, mean = self.encoder(text_embedding, text_states, text_mask)
        return self.condition(caption), mean

    def denoise(self, x: Tensor, t: Tensor, condition: Tensor, mean: Tensor) -> Tensor:
        """x0 as a change to the expected z_i; x (n, D), t (n)"""
        time = self.time(timestep_embedding(t, TIME_WIDTH))
        return mean + self.out(self.denoiser(self.noised(x) + time + condition))

    def many(self, x: Tensor, t: Tensor, condition: Tensor, mean: Tensor) -> Tensor:
        """`denoise` for k noised z_i of each caption: x (n, k, D), t (n, k) -> (n, k, D)"""
        k = x.shape[1]
        rows = [part.repeat_interleave(k, dim=0) for part in (condition, mean)]
        return self.denoise(x.flatten(0, 1), t.flatten(), *rows).view(x.shape)

"""The U-Net of the text-conditioned decoder: ADM's residual blocks with scale-shift conditioning (Dhariwal & Nichol
2021)."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def timestep_embedding(t: Tensor, width: int) -> Tensor:
    """t (n) -> (n, width): cosines first, then sines, frequencies from 1 down to 1/10000."""
    half = width // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half, device=t.device) / half)
    angles = t.float()[:, None] * frequencies[None]
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def zero_init(layer: nn.Module) -> None:
    """Sets every parameter to 0, so that the layer adds nothing when training starts."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


class ResidualBlock(nn.Module):
    """(n, inputs, h, w), condition (n, C) -> (n, outputs, h, w)."""

    def __init__(self, inputs: int, outputs: int, condition: int):
        super().__init__()
        self.norm_in = nn.GroupNorm(8, inputs)
        self.conv_in = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.condition = nn.Linear(condition, 2 * outputs)
        self.norm_out = nn.GroupNorm(8, outputs)
        self.conv_out = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        zero_init(self.conv_out)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        h = self.conv_in(F.silu(self.norm_in(x)))
        scale, shift = self.condition(condition)[:, :, None, None].chunk(2, dim=1)
        h = self.norm_out(h) * (1 + scale) + shift
        return self.skip(x) + self.conv_out(F.silu(h))


class Attention(nn.Module):
    """Self-attention over the pixels, with the context tokens in front of keys and values (paper 2.1)."""

    def __init__(self, channels: int, context: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.context = nn.Linear(context, 2 * channels)
        self.out = nn.Linear(channels, channels)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        n, channels, height, width = x.shape
        q, k, v = self.qkv(self.norm(x).flatten(2).transpose(1, 2)).chunk(3, dim=-1)  # (n, h*w, channels)
        k_context, v_context = self.context(context).chunk(2, dim=-1)  # (n, tokens, channels)
        k, v = torch.cat([k_context, k], dim=1), torch.cat([v_context, v], dim=1)
        q, k, v = (part.view(n, -1, self.heads, channels // self.heads).transpose(1, 2) for part in (q, k, v))
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, height * width, channels)
        return x + self.out(attended).transpose(1, 2).view(n, channels, height, width)


class UNet(nn.Module):
    """Pictures enter and leave through a pixel-unshuffle of `patch`; level i runs at size / patch / 2**i.

    channels, blocks: one entry a level, each block on the way down joined to one on the way up;
    attention only at the last level.
    x (n, inputs, S, S), condition (n, C), context (n, tokens, context width) -> (n, outputs, S, S)
    """

    def __init__(self, inputs, outputs, patch, channels, blocks, condition, context, heads=4):
        super().__init__()
        self.patch = patch
        self.stem = nn.Conv2d(inputs * patch * patch, channels[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        width = channels[0]
        for level, (level_width, count) in enumerate(zip(channels, blocks, strict=True)):
            if level:
                self.down.append(nn.Conv2d(width, level_width, 3, stride=2, padding=1))
                width = level_width
            self.down.extend(ResidualBlock(width, width, condition) for _ in range(count))
        self.middle_in = ResidualBlock(width, width, condition)
        self.attention = nn.ModuleList(Attention(width, context, heads) for _ in range(2))
        self.middle_out = ResidualBlock(width, width, condition)
        for level in reversed(range(len(channels))):
            width = channels[level]
            self.up.extend(ResidualBlock(2 * width, width, condition) for _ in range(blocks[level]))
            if level:
                self.up.append(nn.Conv2d(width, channels[level - 1], 3, padding=1))
        self.norm = nn.GroupNorm(8, width)
        self.head = nn.Conv2d(width, outputs * patch * patch, 3, padding=1)
        zero_init(self.head)

    def forward(self, x: Tensor, condition: Tensor, context: Tensor) -> Tensor:
        condition = F.silu(condition)
        h = self.stem(F.pixel_unshuffle(x, self.patch))
        skips = []
        for layer in self.down:
            if isinstance(layer, ResidualBlock):
                h = layer(h, condition)
                skips.append(h)
            else:
                h = layer(h)
        h = self.middle_in(h, condition)
        for attention in self.attention:
            h = attention(h, context)
        h = self.middle_out(h, condition)
        for layer in self.up:
            if isinstance(layer, ResidualBlock):
                h = layer(torch.cat([h, skips.pop()], dim=1), condition)
            else:
                h = layer(F.interpolate(h, scale_factor=2.0, mode="nearest"))
        return F.pixel_shuffle(self.head(F.silu(self.norm(h))), self.patch)

"""The baseline of the engine benchmark: the same networks and steps in PyTorch, eager, fp32.

    python -m models.training.bench.eager BUNDLE PICTURES [--decoder-steps N]

The weights are random, with the shapes of the bundle's training record. Speed does not depend on their values, so this
runs without checkpoints.
"""

import argparse
import io
import json
import re
import time
from itertools import pairwise
from pathlib import Path

import torch
from PIL import Image

from models.clip.network import ImageEncoder
from models.decoder.network import Decoder
from models.diffusion.process import Process
from models.training.stages.clip import CONFIG as CLIP
from models.training.stages.decoder import sample as decode
from models.training.stages.text import TextPrior
from models.training.stages.upsampler import resized
from models.training.stages.upsampler import sample as upsample
from models.upsampler.network import Upsampler


class Eager:
    def __init__(self, bundle: dict, decoder_steps: int | None):
        stages = {name: stage["config"] for name, stage in bundle["training"]["stages"].items()}
        text = stages["text"]
        self.dimensions, self.length = text["dimensions"], text["text"]["length"]
        self.preset = bundle["presets"]["standard"]
        self.decoder_steps = decoder_steps or self.preset["decoder"]["steps"]
        self.text = TextPrior(text).eval()
        self.image = ImageEncoder(**CLIP["image"], dimensions=self.dimensions).eval()
        self.decoder = Decoder(self.dimensions, **stages["decoder"]["network"]).eval()
        self.upsampler = Upsampler(**stages["upsampler-256"]["network"]).eval()
        self.process = Process("cosine")

    def guided(self, x: torch.Tensor, t: torch.Tensor, text: tuple) -> torch.Tensor:
        """The prior's x0; with guidance, both halves as one batch of two, as in the engine."""
        scale, prior = self.preset["prior"]["diffusion"]["guidance"], self.text.prior
        if scale == 1:
            return prior(x, t, *text)
        # The empty caption's encodings, too, may hold anything.
        conditional, unconditional = prior(*(torch.cat([part, part]) for part in (x, t, *text))).chunk(2)
        return unconditional + scale * (conditional - unconditional)

    @torch.inference_mode()
    def draw(self) -> dict[str, float]:
        """Seconds of each stage, in the engine's names."""
        marks = [time.perf_counter()]
        z_t, states, mask = self.text.embed_text(torch.arange(self.length)[None] % 9 + 1)
        marks.append(time.perf_counter())
        prior = self.preset["prior"]["diffusion"]
        samples = [
            self.process.ddim(
                lambda x, t: self.guided(x, t, (z_t, states, mask)), torch.randn(1, self.dimensions), prior["steps"]
            )
            for _ in range(prior["priorSamples"])
        ]
        marks.append(time.perf_counter())
        noise = torch.randn(1, 3, 64, 64)
        z = torch.nn.functional.normalize(samples[-1], dim=-1)
        small = decode(self.decoder, self.process, z, noise, self.decoder_steps)
        marks.append(time.perf_counter())
        low = resized(small, 256)
        large = upsample(
            self.upsampler, self.process, low, torch.randn(1, 3, 256, 256), self.preset["upsamplers"][0]["steps"]
        )
        marks.append(time.perf_counter())
        pixels = ((large[0].clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(io.BytesIO(), "PNG")
        self.image(torch.nn.functional.interpolate(large, (64, 64), mode="area"))
        marks.append(time.perf_counter())
        names = ("clip", "prior", "decoder", "upsampler-256", "finish")
        return {
            **{name: b - a for name, (a, b) in zip(names, pairwise(marks), strict=True)},
            "whole": marks[-1] - marks[0],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("pictures", type=int)
    parser.add_argument("--decoder-steps", type=int)
    options = parser.parse_args()
    eager = Eager(json.loads((options.bundle / "bundle.json").read_text()), options.decoder_steps)
    eager.draw()
    runs = [eager.draw() for _ in range(options.pictures)]
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    print(json.dumps({"runs": runs, "peak": peak}))


if __name__ == "__main__":
    main()

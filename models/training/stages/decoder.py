"""The decoder: z_i to a picture of 64x64, with z_i left out 10% of the time for guidance (paper 2.1)."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.decoder.network import PIXEL_ERROR, Decoder
from models.diffusion.process import STEPS, Process
from models.training.context import Context, save_sheet
from models.training.data.scenes import Scenes, single_scenes
from models.training.image_bank import ImageBank
from models.training.memory_fit import COMPONENTS, fitted

CONFIG = {
    "network": {
        "condition": 256,
        "mixer": {"block": 8, "width": 384, "hidden": 512, "layers": 2},
    },
    "components": COMPONENTS,
    "schedule": "cosine",
    "learning_rate": 1e-3,
    "ema": 0.998,
    "seed": 3,
    "batch": 32,
    "drop": 0.05,
    "noise": 0.45,  # at most, in deviations of each dimension of z_i: a prior's z_i is never quite a picture's
    "pairs": 0.6,
    "recoloured": 0.2,
    # Of two things, each is drawn from a z_i of its own; only seams are drawn over, from little noise.
    "pairs_at_most": 350,  # the timestep of most of them
}
MEASURED = 96


class DecoderTask:
    name = "decoder"

    def __init__(self, context: Context):
        self.context, self.bank = context, ImageBank(context)
        self.painter, self.process = context.painter(), Process(CONFIG["schedule"])
        torch.manual_seed(CONFIG["seed"])
        memory = fitted(self.bank, CONFIG["components"])
        network = {**CONFIG["network"], "memory": memory.shape}
        self.config = {**CONFIG, "network": network}
        self.model = Decoder(len(self.bank.mean), **network)
        self.model.memory.load_state_dict(memory.state_dict())
        self.model.mean.copy_(self.bank.mean)
        self.model.std.copy_(self.bank.std)
        self.model.null.data.copy_(self.bank.mean)

    def batch(self, rng: np.random.Generator, generator: torch.Generator) -> tuple[Scenes, Tensor]:
        """Scenes, and their z_i with some noise (n, D)."""
        n = self.config["batch"]
        scenes, z = self.bank.batch(rng, n, self.config["pairs"], self.config["recoloured"])
        amount = self.config["noise"] * torch.rand(n, 1, generator=generator).to(z.device)
        z = z + torch.randn(z.shape, generator=generator).to(z.device) * self.bank.std * amount
        return scenes, F.normalize(z, dim=-1)

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        scenes, z = self.batch(rng, generator)
        pictures = self.painter.draw(scenes)
        dropped = torch.rand(len(z), 1, generator=generator).to(z.device) < self.config["drop"]
        z = torch.where(dropped, self.model.null, z)
        with torch.no_grad(), torch.autocast(z.device.type, enabled=False):
            known, nearness = self.model.memory(self.model.whiten(z))
        t = self.timesteps(torch.from_numpy(scenes.second >= 0), generator).to(z.device)
        noise = torch.randn(pictures.shape, generator=generator).to(z.device)
        predicted = self.model.draw(self.process.noised(pictures, t, noise), t, z, known, nearness).float()
        _, sigma = self.process.at(t, pictures)
        error = (predicted - pictures).square().mean(dim=(1, 2, 3))
        loss = (error / (sigma.flatten() ** 2 + PIXEL_ERROR)).mean()
        paired = torch.from_numpy(scenes.second >= 0).to(z.device)
        return loss, {"singles": error[~paired].mean().detach(), "pairs": error[paired].mean().detach()}

    def timesteps(self, paired: Tensor, generator: torch.Generator) -> Tensor:
        """(n), more of them where there is much noise, since few steps are taken from there; paired (n)."""
        n = len(paired)
        t = (torch.sigmoid(1.4 * torch.randn(n, generator=generator) + 0.5) * STEPS).long().clamp(0, STEPS - 1)
        early = torch.randint(self.config["pairs_at_most"], (n,), generator=generator)
        return torch.where(paired & (torch.rand(n, generator=generator) < 0.75), early, t)

    @torch.no_grad()
    def sheet(self, model: Decoder, path: Path) -> None:
        """Rows of 12: renders, and under them what is drawn from their z_i: seen, with noise on z_i, held-out,
        pairs."""
        rng = np.random.default_rng(5)
        held = np.setdiff1d(np.arange(self.context.icons.count), self.context.sampler.allowed)
        groups, facts = [], {}
        for name, icons in (
            ("seen", self.context.sampler.allowed),
            ("noisy", self.context.sampler.allowed),
            ("held", held),
        ):
            icon, background = rng.choice(icons, MEASURED), rng.integers(self.bank.singles.shape[1], size=MEASURED)
            z = self.bank.singles[icon, background]
            if name == "noisy":
                shaken = torch.randn(z.shape, generator=torch.Generator().manual_seed(2)).to(z.device)
                z = F.normalize(z + 0.25 * self.bank.std * shaken, dim=-1)
            groups.append((name, self.painter.draw(single_scenes(icon, background)), z))
        groups.append(("pairs", self.painter.draw(self.bank.pair_scenes[:MEASURED]), self.bank.pairs[:MEASURED]))
        rows = []
        for name, pictures, z in groups:
            noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0)).to(z.device)
            drawn = sample(model, self.process, z, noise, steps=6)
            facts[name] = round(psnr(drawn, pictures), 2)
            facts[f"{name}_memory"] = round(psnr(model.memory(model.whiten(z))[0], pictures), 2)
            facts[f"{name}_flat"] = round(flat_deviation(drawn, pictures), 4)
            rows += [pictures[:12], drawn[:12], pictures[12:24], drawn[12:24]]
        print(facts, flush=True)
        save_sheet(torch.cat(rows), path, columns=12)


def psnr(drawn: Tensor, real: Tensor) -> float:
    """Mean over the pictures, in dB; pictures in [-1, 1]."""
    return (10 * torch.log10(4 / (drawn - real).square().mean(dim=(1, 2, 3)))).mean().item()


def flat_deviation(drawn: Tensor, real: Tensor) -> float:
    """Mean deviation of pixels within the 3x3 windows where the real picture is of one colour."""

    def deviation(pictures: Tensor) -> Tensor:
        mean, square = F.avg_pool2d(pictures, 3, 1), F.avg_pool2d(pictures.square(), 3, 1)
        return (square - mean.square()).clamp(min=0).sqrt().amax(dim=1)

    return deviation(drawn)[deviation(real) < 0.01].mean().item()


@torch.no_grad()
def sample(model: Decoder, process: Process, z: Tensor, noise: Tensor, steps: int) -> Tensor:
    """DDIM without guidance, x0 clamped to the range of pictures."""
    known, nearness = model.memory(model.whiten(z))
    return process.ddim(lambda x, t: model.draw(x, t, z, known, nearness).float().clamp(-1, 1), noise, steps)

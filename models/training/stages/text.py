"""Text tower and diffusion prior together, on the frozen image tower's z_i (paper 2 and 2.2).

Locked-image tuning (Zhai et al. 2022): contrast teaches z_t, and the prior's loss reaches the text tower through the
text states, so that it learns to tell what the prior has to know. Captions are left empty 10% of the time for guidance.
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.clip.network import TextEncoder
from models.diffusion.process import STEPS, Process
from models.prior.diffusion_prior import DiffusionPrior
from models.training.context import CONTEXT_LENGTH, Context, save_facts, save_sheet, without_padding
from models.training.data.scenes import Scenes, held_out_colours, single_scenes
from models.training.embedding_space import LENGTH
from models.training.image_bank import ImageBank
from models.training.memory_fit import icon_keys
from models.training.mixed_precision import autocast

CONFIG = {
    "dimensions": 256,
    "text": {"length": CONTEXT_LENGTH, "width": 256, "layers": 2, "heads": 4, "bigrams": 16_384},
    "prior": {
        "queries": 6,
        "encoder": {"width": 1024, "hidden": 1536, "layers": 2},
        "denoiser": {"width": 1024, "hidden": 1024, "layers": 2},
    },
    "learning_rate": 5e-4,
    "ema": 0.998,
    "seed": 21,
    "batch": 256,
    "pairs": 0.06,  # share of the batch
    "recoloured": 0.4,  # another one
    "shared": 0.12,  # of these, of concepts that only a colour tells from another one
    "full": 0.6,  # of the batches have captions that name style and background
    "drop": 0.1,
    "timesteps": 2,  # per caption
    "negatives": 1024,  # z_i of the bank, in addition to the batch's
    # Weights of the losses beside those of the prior.
    "contrast": 0.1,
    "identity": 0.1,  # which icon the expected z_i is of
    "temperature": 8.0,  # of that loss
    "edits": 48,  # captions of a thing with and without the colour that it takes
    "edit": 2.0,  # that z_t differs by the code of the colour alone
    "code": 0.3,  # the expected z_i's error in the directions of colour, beside that of all
}
MEASURED = 300  # captions of the report


class TextPrior(nn.Module):
    """The text tower with what makes z_t of its output, and the diffusion prior."""

    def __init__(self, config: dict):
        super().__init__()
        self.text = TextEncoder(**config["text"], dimensions=config["dimensions"])
        self.centre_text = nn.BatchNorm1d(config["dimensions"], momentum=0.03, affine=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.05)))
        self.prior = DiffusionPrior(config["dimensions"], config["text"]["width"], **config["prior"])

    def embed_text(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """tokens (n, L) -> z_t (n, D) of unit length, states (n, L, W), mask (n, L)."""
        embedding, states = self.text(tokens)
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        mask = (positions[None] <= tokens.argmax(dim=-1, keepdim=True)).float()
        return F.normalize(self.centre_text(embedding.float()), dim=-1), states.float(), mask


class TextTask:
    name = "text"

    def __init__(self, context: Context):
        self.context, self.bank = context, ImageBank(context)
        self.config = {**CONFIG, "text": {**CONFIG["text"], "vocabulary": len(context.tokenizer)}}
        torch.manual_seed(CONFIG["seed"])
        self.model = TextPrior(self.config)
        self.process = Process("cosine")
        self.singles = self.bank.white_singles
        self.bare_singles = self.bank.space.bare(self.singles)
        self.keys = icon_keys(self.bank)

    def batch(self, rng: np.random.Generator) -> tuple[Scenes, Tensor]:
        """Scenes and their whitened z_i (n, D)."""
        scenes, z = self.bank.batch(
            rng, self.config["batch"], self.config["pairs"], self.config["recoloured"], self.config["shared"]
        )
        return scenes, self.bank.whiten(z)

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        scenes, x0 = self.batch(rng)
        captions, full = self.context.captions.sample(rng, scenes, self.config["full"], self.config["drop"])
        captioned = torch.tensor([text != "" for text in captions])
        z_t, states, mask = self.model.embed_text(without_padding(self.context.tokens(captions)))
        contrast = self.contrast(rng, z_t, x0, captioned.to(z_t.device))
        condition, mean = self.model.prior.encode(z_t, states, mask)
        wanted = x0[:, None].expand(-1, self.config["timesteps"], -1)
        t = torch.randint(STEPS, wanted.shape[:2], generator=generator).to(x0.device)
        noise = torch.randn(wanted.shape, generator=generator).to(x0.device)
        noised = self.process.noised(wanted.flatten(0, 1), t.flatten(), noise.flatten(0, 1)).view(wanted.shape)
        predicted = F.mse_loss(self.model.prior.many(noised, t, condition, mean).float(), wanted)
        regressed = F.mse_loss(mean.float(), x0)
        code = ((mean.float() - x0) @ self.bank.space.directions).square().mean()
        parts = {"x0": predicted, "mean": regressed, "code": code, "contrast": contrast, "edit": self.edit(rng)}
        if full:
            # The squared error alone weighs the directions in which backgrounds differ as much as those that tell icons
            # apart.
            alone = (scenes.second < 0) & captioned.numpy()
            named = mean[torch.from_numpy(alone)]
            parts["identity"] = self.keys.loss(named, scenes.first[alone], self.config["temperature"])
        loss = torch.stack([self.config.get(name, 1.0) * part for name, part in parts.items()]).sum()
        return loss, {name: part.detach() for name, part in parts.items()}

    def contrast(self, rng: np.random.Generator, z_t: Tensor, white: Tensor, captioned: Tensor) -> Tensor:
        """Each z_t is to find its z_i among the batch's, as many of the bank as `negatives` says, and itself in other
        colours; in fp32."""
        with torch.autocast(z_t.device.type, enabled=False):
            sampler, negatives = self.context.sampler, self.config["negatives"] // 2
            others = Scenes.join([sampler.singles(rng, negatives), sampler.recoloured(rng, negatives)])
            others = self.bank.alone(others)
            z_i = F.normalize(self.bank.colour(white[captioned]), dim=-1)
            scale = self.model.log_scale.clamp(max=math.log(100)).exp()
            logits = z_t[captioned] @ torch.cat([z_i, others]).T * scale
            target = torch.arange(len(z_i), device=z_i.device)
            backward = F.cross_entropy(logits[:, : len(z_i)].T, target)
            return (F.cross_entropy(logits, target) + backward) / 2

    def edit(self, rng: np.random.Generator) -> Tensor:
        """Squared error, whitened, of what "a fox" and "a blue fox" differ by in z_t: of a text diff (paper 3.3)."""
        scenes = self.context.sampler.recoloured(rng, self.config["edits"], self.config["shared"])
        plain = single_scenes(scenes.first, scenes.background)
        names = [self.context.captions.names(some) for some in (scenes, plain)]
        z_t = self.model.embed_text(without_padding(self.context.tokens(names[0] + names[1])))[0]
        changed = self.bank.alone(scenes) - self.bank.alone(plain)
        first, second = z_t.chunk(2)
        return ((first - second - changed) / self.bank.std).square().mean()

    @torch.no_grad()
    def sheet(self, model: TextPrior, path: Path) -> None:
        """For 16 captions of icons as they are and 16 in held-out colours the picture and, behind it, what the nearest
        z_i to the prior's shows; measures go beside it as JSON."""
        groups = self.measured()
        drawn = {name: self.draw(model, scenes) for name, scenes in groups.items()}
        save_facts(
            {name: self.measures(drawn[name], scenes) for name, scenes in groups.items()}, path.with_suffix(".json")
        )
        painter, rows = self.context.painter(), []
        for name in ("as they are", "held-out"):
            scenes, z = groups[name][:16], drawn[name][:16]
            icon, colour = self.nearest(z, scenes)
            rows += [painter.draw(scenes), painter.draw(single_scenes(icon, scenes.background, colour))]
        save_sheet(torch.stack([row.view(2, 8, 3, 64, 64) for row in rows], dim=1).flatten(0, 2), path, columns=8)

    def measured(self) -> dict[str, Scenes]:
        """The scenes that every report is about."""
        rng = np.random.default_rng(3)
        icon = rng.choice(self.context.sampler.allowed, MEASURED)
        as_they_are = single_scenes(icon, rng.integers(self.singles.shape[1], size=MEASURED))
        return {
            "as they are": as_they_are,
            "recoloured": self.context.sampler.recoloured(rng, MEASURED),
            "held-out": held_out_colours(self.context.sampler),
        }

    def canonical_tokens(self, scenes: Scenes) -> Tensor:
        return self.context.tokens(self.context.captions.plain(scenes))

    def draw(self, model: TextPrior, scenes: Scenes, steps: int = 12) -> Tensor:
        """Whitened z_i (n, D) for the canonical captions, one draw each, unguided."""
        tokens = self.canonical_tokens(scenes)
        noise = torch.randn(len(scenes), self.config["dimensions"], generator=torch.Generator().manual_seed(0))
        with autocast(self.context.device):
            condition, mean = model.prior.encode(*model.embed_text(tokens))
            return self.process.ddim(
                lambda x, t: model.prior.denoise(x, t, condition, mean).float(), noise.to(tokens.device), steps
            )

    def nearest(self, drawn: Tensor, scenes: Scenes) -> tuple[np.ndarray, np.ndarray]:
        """The icon whose z_i on the scene's background is nearest to whitened z_i (n, D), colour aside, and the colour
        that it has there, -1 for its own."""
        space = self.bank.space
        icon = torch.stack(
            [
                (self.bare_singles[:, background] - z).square().sum(dim=1).argmin()
                for z, background in zip(space.bare(drawn), scenes.background, strict=True)
            ]
        )
        own = F.normalize(self.bank.names[icon], dim=1)
        codes = torch.cat([own[:, None], torch.eye(own.shape[1], device=own.device).expand(len(own), -1, -1)], dim=1)
        distance = ((drawn @ space.directions)[:, None] - LENGTH * codes).square().sum(dim=2)
        other = torch.from_numpy(self.context.sampler.parts.targets).to(own.device)[icon]
        distance[:, 1:].masked_fill_(~other, torch.inf)
        colour = distance.argmin(dim=1) - 1
        return icon.cpu().numpy(), colour.cpu().numpy()

    def measures(self, drawn: Tensor, scenes: Scenes) -> dict:
        """Whitened squared error, and how often the nearest icon, concept and colour are right."""
        concept = self.context.icons.concept
        icon, colour = self.nearest(drawn, scenes)
        return {
            "error": round(F.mse_loss(drawn, self.bank.whiten(self.bank.alone(scenes))).item(), 4),
            "icon": float((icon == scenes.first).mean().round(3)),
            "concept": float((concept[icon] == concept[scenes.first]).mean().round(3)),
            "colour": float((colour == scenes.colour).mean().round(3)),
        }

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
from models.training.data.scenes import Scenes, single_scenes
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
    "learning_rate": 1e-3,
    "ema": 0.998,
    "seed": 21,
    "batch": 256,
    "pairs": 0.06,  # share of the batch
    "full": 0.6,  # of the batches have captions that name style and background
    "drop": 0.1,
    "timesteps": 2,  # per caption
    "negatives": 1024,  # z_i of the bank, in addition to the batch's
    "contrast": 0.1,  # weight of its loss
    "identity": 0.1,  # weight of the loss that asks which icon the expected z_i is of
    "temperature": 8.0,  # of that loss
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
        self.metric, self.keys = icon_keys(self.bank)
        self.place = np.full(context.icons.count, -1)  # of each icon among the keys
        self.place[context.sampler.allowed] = np.arange(len(self.keys))

    def batch(self, rng: np.random.Generator) -> tuple[Scenes, Tensor]:
        """Scenes and their whitened z_i (n, D)."""
        scenes, z = self.bank.batch(rng, self.config["batch"], self.config["pairs"])
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
        loss = predicted + regressed + self.config["contrast"] * contrast
        metrics = {"x0": predicted.detach(), "mean": regressed.detach(), "contrast": contrast.detach()}
        if full:
            alone = torch.from_numpy(scenes.second < 0) & captioned
            identity = self.identity(mean[alone], torch.from_numpy(self.place[scenes.first])[alone])
            loss, metrics = loss + self.config["identity"] * identity, {**metrics, "identity": identity.detach()}
        return loss, metrics

    def identity(self, mean: Tensor, place: Tensor) -> Tensor:
        """Cross entropy of the icon, by the distance of the expected z_i (n, D) from the icons' means, in fp32.

        The squared error alone weighs the directions in which backgrounds differ as much as those that tell icons
        apart."""
        with torch.autocast(mean.device.type, enabled=False):
            logits = mean.float() @ self.metric @ self.keys.T - self.keys.square().sum(dim=1) / 2
            return F.cross_entropy(logits / self.config["temperature"], place.to(mean.device))

    def contrast(self, rng: np.random.Generator, z_t: Tensor, white: Tensor, captioned: Tensor) -> Tensor:
        """Each z_t is to find its z_i among the batch's and as many of the bank as `negatives` says; in fp32."""
        with torch.autocast(z_t.device.type, enabled=False):
            icon = rng.choice(self.context.sampler.allowed, self.config["negatives"])
            others = self.bank.singles[icon, rng.integers(self.singles.shape[1], size=len(icon))]
            z_i = F.normalize(self.bank.colour(white[captioned]), dim=-1)
            scale = self.model.log_scale.clamp(max=math.log(100)).exp()
            logits = z_t[captioned] @ torch.cat([z_i, others]).T * scale
            target = torch.arange(len(z_i), device=z_i.device)
            backward = F.cross_entropy(logits[:, : len(z_i)].T, target)
            return (F.cross_entropy(logits, target) + backward) / 2

    @torch.no_grad()
    def sheet(self, model: TextPrior, path: Path) -> None:
        """For 16 captions the picture and the five nearest to what the prior draws; measures go beside it as JSON."""
        icon, background = self.measured()
        drawn = self.draw(model, icon, background)
        facts = self.measures(drawn, icon, background)
        save_facts(facts, path.with_suffix(".json"))
        painter = self.context.painter()
        first = icon[:16], background[:16]
        nearest = [
            ((self.singles[:, g] - z) ** 2).sum(1).topk(5, largest=False).indices.cpu().numpy()
            for z, g in zip(drawn[:16], background[:16], strict=True)
        ]
        shown = single_scenes(np.concatenate(nearest), np.repeat(background[:16], 5))
        rows = torch.cat(
            [painter.draw(single_scenes(*first))[:, None], painter.draw(shown).view(16, 5, 3, 64, 64)], dim=1
        )
        save_sheet(rows.flatten(0, 1), path, columns=6)

    def measured(self) -> tuple[np.ndarray, np.ndarray]:
        """Icons and backgrounds of the 300 full captions that every report is about."""
        rng = np.random.default_rng(3)
        return rng.choice(self.context.sampler.allowed, MEASURED), rng.integers(self.singles.shape[1], size=MEASURED)

    def canonical_tokens(self, icon: np.ndarray, background: np.ndarray) -> Tensor:
        return self.context.tokens(self.context.captions.plain(single_scenes(icon, background)))

    def draw(self, model: TextPrior, icon: np.ndarray, background: np.ndarray, steps: int = 12) -> Tensor:
        """Whitened z_i (n, D) for the canonical captions, one draw each, unguided."""
        tokens = self.canonical_tokens(icon, background)
        noise = torch.randn(len(icon), self.config["dimensions"], generator=torch.Generator().manual_seed(0))
        with autocast(self.context.device):
            condition, mean = model.prior.encode(*model.embed_text(tokens))
            return self.process.ddim(
                lambda x, t: model.prior.denoise(x, t, condition, mean).float(), noise.to(tokens.device), steps
            )

    def measures(self, drawn: Tensor, icon: np.ndarray, background: np.ndarray) -> dict:
        """Whitened squared error, and how often the nearest z_i on the same background is of the right icon and
        concept."""
        concept = self.context.icons.concept
        nearest = torch.stack(
            [((self.singles[:, g] - z) ** 2).sum(1).argmin() for z, g in zip(drawn, background, strict=True)]
        )
        nearest = nearest.cpu().numpy()
        return {
            "error": round(F.mse_loss(drawn, self.singles[icon, background]).item(), 4),
            "icon": float((nearest == icon).mean().round(3)),
            "concept": float((concept[nearest] == concept[icon]).mean().round(3)),
        }

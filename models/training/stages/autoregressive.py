"""The autoregressive prior on the text stage's frozen text tower, begun with the diffusion prior's way to read
captions."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.prior.autoregressive_prior import AutoregressivePrior
from models.training.context import Context, save_facts, without_padding
from models.training.data.scenes import Scenes
from models.training.loop import load
from models.training.mixed_precision import autocast
from models.training.pca import Pca
from models.training.stages.text import TextPrior, TextTask

CONFIG = {
    "network": {"coefficients": 72, "buckets": 128, "dot_buckets": 64, "width": 256, "layers": 3, "heads": 4},
    "learning_rate": 1e-3,
    "ema": 0.998,
    "seed": 7,
    "batch": 128,
    "full": 0.6,
    "drop": 0.1,
}
SAMPLED = 100  # captions of each part of a report, each coefficient of which costs a pass
RECOLOURED = 40_000  # scenes with recoloured icons among those that the PCA is fitted to
TEMPERATURE = 0.5


class AutoregressiveTask:
    name = "autoregressive-prior"

    def __init__(self, context: Context):
        self.context, self.text = context, TextTask(context)
        self.bank, self.config = self.text.bank, {**CONFIG, "prior": self.text.config["prior"]}
        state = load("text")
        self.reader: TextPrior = self.text.model
        self.reader.load_state_dict(state["ema"])
        self.reader.to(context.device).eval().requires_grad_(False)
        network = CONFIG["network"]
        recoloured = context.sampler.recoloured(np.random.default_rng(CONFIG["seed"]), RECOLOURED)
        singles = self.bank.singles[context.sampler.allowed].flatten(0, 1)
        vectors = torch.cat([singles, self.bank.alone(recoloured), self.bank.pairs])
        self.pca = Pca.fit(vectors, network["coefficients"], network["buckets"])
        self.pca.fit_dots(self.dots(), network["dot_buckets"])
        torch.manual_seed(CONFIG["seed"])
        prior = self.text.config["prior"]
        self.model = AutoregressivePrior(
            len(self.bank.mean), self.text.config["text"]["width"], prior["queries"], prior["encoder"], **network
        )
        self.model.encoder.load_state_dict(self.reader.prior.encoder.state_dict())
        self.expect()

    @torch.no_grad()
    def expect(self) -> None:
        """Sets the layer that turns a whitened z_i into coefficients, each scaled to -1 ... 1 over its range."""
        pca = self.pca
        span = (pca.high - pca.low) / 2
        basis = pca.basis[:, : pca.coefficients]  # (D, K)
        self.model.expected.weight.copy_((self.bank.std[:, None] * basis / span).T)
        self.model.expected.bias.copy_(((self.bank.mean - pca.mean) @ basis - pca.low) / span - 1)

    @torch.no_grad()
    def dots(self) -> Tensor:
        """z_t.z_i of 8,192 scenes with captions as they are trained on."""
        rng, parts = np.random.default_rng(0), []
        for _ in range(32):
            scenes, white = self.text.batch(rng)
            z_t = self.reader.embed_text(self.context.caption_tokens(rng, scenes))[0]
            parts.append((z_t * F.normalize(self.bank.colour(white), dim=-1)).sum(dim=-1))
        return torch.cat(parts)

    def batch(self, rng: np.random.Generator) -> tuple[Scenes, Tensor]:
        scenes, white = self.text.batch(rng)
        chosen = rng.permutation(len(scenes))[: self.config["batch"]]
        return scenes[chosen], white[torch.from_numpy(chosen)]

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        scenes, white = self.batch(rng)
        captions, _ = self.context.captions.sample(rng, scenes, self.config["full"], self.config["drop"])
        with torch.no_grad():
            z_t, states, mask = self.reader.embed_text(without_padding(self.context.tokens(captions)))
        z_i = F.normalize(self.bank.colour(white), dim=-1)
        codes, dot = self.pca.quantise(z_i), self.pca.dot_bucket((z_t * z_i).sum(dim=-1))
        logits = self.model(codes, dot, z_t, states, mask).float()
        loss = F.cross_entropy(logits.flatten(0, 1), codes.flatten())
        return loss, {"right": (logits.argmax(dim=-1) == codes).float().mean()}

    @torch.no_grad()
    def sheet(self, model: AutoregressivePrior, path: Path) -> None:
        """The text stage's measures, of some of its captions, as JSON beside where a picture would be."""
        facts = {}
        for name, scenes in self.text.measured().items():
            some = scenes[np.random.default_rng(0).permutation(len(scenes))[:SAMPLED]]
            facts[name] = self.text.measures(self.bank.whiten(self.draw(model, some)), some)
        save_facts(facts, path.with_suffix(".json"))

    def draw(self, model: AutoregressivePrior, scenes: Scenes) -> Tensor:
        """z_i (n, D) for the canonical captions, one draw each at TEMPERATURE, unguided."""
        text = self.reader.embed_text(self.text.canonical_tokens(scenes))
        dot = torch.full((len(scenes),), int(self.pca.dot_buckets * 0.75), device=text[0].device)
        codes = torch.zeros(len(scenes), self.pca.coefficients, dtype=torch.long, device=text[0].device)
        generator = torch.Generator(text[0].device).manual_seed(0)
        for i in range(self.pca.coefficients):
            with autocast(self.context.device):
                logits = model(codes, dot, *text).float()[:, i]
            codes[:, i] = torch.multinomial((logits / TEMPERATURE).softmax(dim=1), 1, generator=generator)[:, 0]
        return F.normalize(self.pca.dequantise(codes), dim=-1)

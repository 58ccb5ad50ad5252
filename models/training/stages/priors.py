"""Both priors (paper 2.2): from a caption's encodings to z_i. Captions are left empty 10% of the time for guidance."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.diffusion.process import STEPS, Process
from models.prior.autoregressive_prior import AutoregressivePrior
from models.prior.diffusion_prior import DiffusionPrior
from models.training.context import CONTEXT_LENGTH, Context, save_sheet
from models.training.embeddings import BANK, Embeddings
from models.training.loop import load
from models.training.pca import Pca

DROP = 0.1
SHARED = {"learning_rate": 1e-3, "ema": 0.998, "batch": 128}
FULL = 0.5  # of the batches come with captions that leave nothing out, so that z_i hangs on the text alone
NOISED = 4  # timesteps per caption of the diffusion prior: the caption's part of the network is shared among them
CONFIGS = {
    "diffusion-prior": {**SHARED, "seed": 6, "network": {"width": 256, "layers": 4, "heads": 4}},
    "autoregressive-prior": {
        **SHARED,
        "seed": 7,
        "batch": 64,  # of 72 predictions each
        "network": {"coefficients": 72, "buckets": 128, "dot_buckets": 64, "width": 256, "layers": 4, "heads": 4},
    },
}


class CaptionedScenes:
    """Draws from the bank's scenes, each with a caption of its own."""

    def __init__(self, context: Context):
        self.context, self.embeddings = context, Embeddings(context)

    def draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, tuple[Tensor, Tensor, Tensor]]:
        """Places in the bank (n), and of their captions: text embedding, states, mask."""
        chosen = rng.integers(BANK, size=n)
        scenes = self.embeddings.scenes[chosen]
        captions = self.context.captions.write(rng, scenes, full=rng.random() < FULL)
        captions = ["" if luck < DROP else text for luck, text in zip(rng.random(n), captions, strict=True)]
        tokens = self.context.tokens(captions)
        tokens = tokens[:, : int(tokens.argmax(dim=-1).max()) + 1]  # nothing after the longest caption's end
        return chosen, self.embeddings.of_text(tokens)


class DiffusionPriorTask:
    name = "diffusion-prior"

    def __init__(self, context: Context):
        self.data, self.config = CaptionedScenes(context), CONFIGS[self.name]
        self.vectors = self.data.embeddings.vectors
        torch.manual_seed(self.config["seed"])
        clip = self.data.embeddings.clip
        shapes = {"dimensions": self.data.embeddings.dimensions, "states": clip.text.token.embedding_dim}
        self.model = DiffusionPrior(**shapes, length=CONTEXT_LENGTH, **self.config["network"])
        self.process = Process("cosine")

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        chosen, text = self.data.draw(rng, self.config["batch"])
        z_i = self.vectors[chosen]
        x0 = (z_i - self.data.embeddings.mean) / self.data.embeddings.std
        x0 = x0[:, None].expand(-1, NOISED, -1)
        t = torch.randint(STEPS, x0.shape[:2], generator=generator).to(x0.device)
        noise = torch.randn(x0.shape, generator=generator).to(x0.device)
        noised = self.process.noised(x0.flatten(0, 1), t.flatten(), noise.flatten(0, 1)).view(x0.shape)
        predicted = self.model.many(noised, t, *text).float()
        agreement = F.cosine_similarity(
            predicted * self.data.embeddings.std + self.data.embeddings.mean, z_i[:, None], dim=-1
        )
        return F.mse_loss(predicted, x0), {"cosine": agreement.mean().detach()}

    @torch.no_grad()
    def sheet(self, model: DiffusionPrior, path: Path) -> None:
        noise = torch.randn(16, self.data.embeddings.dimensions, generator=torch.Generator().manual_seed(0))
        chosen, text = self.data.draw(np.random.default_rng(0), 16)

        def x0_of(x: Tensor, t: Tensor) -> Tensor:
            return model.many(x[:, None], t[:, None], *text)[:, 0]

        white = self.process.ddim(x0_of, noise.to(text[0].device), 16)
        nearest_sheet(self.data, chosen, white * self.data.embeddings.std + self.data.embeddings.mean, path)


class AutoregressivePriorTask:
    name = "autoregressive-prior"

    def __init__(self, context: Context):
        self.data, self.config = CaptionedScenes(context), CONFIGS[self.name]
        self.vectors, network = self.data.embeddings.vectors, self.config["network"]
        self.pca = Pca.fit(self.vectors, network["coefficients"], network["buckets"])
        tokens = context.caption_tokens(np.random.default_rng(0), self.data.embeddings.scenes[:8192])
        z_t = self.data.embeddings.of_text(tokens)[0]
        self.pca.fit_dots((z_t * self.vectors[:8192]).sum(dim=-1), network["dot_buckets"])
        torch.manual_seed(self.config["seed"])
        shapes = {"dimensions": z_t.shape[1], "states": self.data.embeddings.clip.text.token.embedding_dim}
        self.model = AutoregressivePrior(**shapes, length=CONTEXT_LENGTH, **network)
        learn_to_read(self.model, load("diffusion-prior")["ema"])

    def loss(self, rng: np.random.Generator, generator: torch.Generator, progress: float) -> tuple[Tensor, dict]:
        chosen, (z_t, *states) = self.data.draw(rng, self.config["batch"])
        z_i = self.vectors[chosen]
        codes, dot = self.pca.quantise(z_i), self.pca.dot_bucket((z_t * z_i).sum(dim=-1))
        logits = self.model(codes, dot, z_t, *states).float()
        loss = F.cross_entropy(logits.flatten(0, 1), codes.flatten())
        return loss, {"right": (logits.argmax(dim=-1) == codes).float().mean()}

    @torch.no_grad()
    def sheet(self, model: AutoregressivePrior, path: Path) -> None:
        chosen, (z_t, *states) = self.data.draw(np.random.default_rng(0), 16)
        dot = torch.full((16,), int(self.pca.dot_buckets * 0.75), device=z_t.device)
        codes = torch.zeros(16, self.pca.coefficients, dtype=torch.long, device=z_t.device)
        for i in range(self.pca.coefficients):
            codes[:, i] = torch.distributions.Categorical(logits=model(codes, dot, z_t, *states).float()[:, i]).sample()
        nearest_sheet(self.data, chosen, self.pca.dequantise(codes), path)


def learn_to_read(model: AutoregressivePrior, teacher: dict[str, Tensor]) -> None:
    """Starts from the caption layers of the diffusion prior. Both priors read the same tokens up to z_t."""
    shared = ("text.", "text_embedding.", "transformer.blocks.", "transformer.norm.")
    model.load_state_dict({name: value for name, value in teacher.items() if name.startswith(shared)}, strict=False)
    model.transformer.position.data[: CONTEXT_LENGTH + 1] = teacher["transformer.position"][: CONTEXT_LENGTH + 1]


def nearest_sheet(data: CaptionedScenes, chosen: np.ndarray, z: Tensor, path: Path) -> None:
    """For each of these scenes: its picture, then the five of the bank whose z_i lie nearest to what the prior drew."""
    painter = data.context.painter()
    scenes, vectors = data.embeddings.scenes, data.embeddings.vectors
    nearest = (F.normalize(z, dim=-1) @ vectors[:20_000].T).topk(5).indices.cpu().numpy()
    shown = painter.draw(scenes[nearest.reshape(-1)])
    rows = torch.cat([painter.draw(scenes[chosen])[:, None], shown.view(len(z), 5, *shown.shape[1:])], dim=1)
    save_sheet(rows.flatten(0, 1), path, columns=6)

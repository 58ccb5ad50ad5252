"""Reference numbers for ECLIPSE's prior: one pass of diffusers' own class, without its token for the timestep.

    python -m models.training.eclipse.golden     writes test/bundles/eclipse and test/golden/eclipse.*

test/bundles/eclipse holds the graph of a small prior with random weights and its entry for bundle.json. Tests put it
into the small bundles of Karlo and Kandinsky, whose CLIPs have the same width.
"""

import json
import shutil
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any

import diffusers
import torch
from torch import Tensor, nn

from models.training.eclipse.folder import Eclipse
from models.training.eclipse.prior import PriorTransformer
from models.training.importing.golden import APPLE, LONG, UNICODE, batch, save_numbers
from models.training.importing.tiny import LENGTH, WIDTH, loud
from models.training.kandinsky import tiny as kandinsky
from models.training.karlo import tiny as karlo

FOLDER, NUMBERS = Path("test/bundles/eclipse"), Path("test/golden/eclipse")
CASES = [
    {"name": "one caption", "captions": [APPLE], "seeds": [7]},
    {
        "name": "three captions away from another",
        "captions": [LONG, "", UNICODE],
        "seeds": [1, 2, 3],
        "negative": APPLE,
    },
]


class NoToken(nn.Module):
    """Stands for the embedding of the timestep, and adds no token to the sequence."""

    def __init__(self, width: int):
        super().__init__()
        self.width, self.rows = width, 0

    def forward(self, projected: Tensor) -> "NoToken":
        self.rows = len(projected)
        return self

    def __getitem__(self, _: object) -> Tensor:
        return torch.empty(self.rows, 0, self.width)


def small() -> PriorTransformer:
    torch.manual_seed(6)
    prior = PriorTransformer(
        num_attention_heads=4, attention_head_dim=8, num_layers=2, embedding_dim=WIDTH, num_embeddings=LENGTH
    )
    return loud(prior)


def reference(prior: PriorTransformer) -> diffusers.PriorTransformer:
    """diffusers' class with the weights of the prior."""
    settings = {key: value for key, value in prior.config.items() if not key.startswith("_")}
    whole: Any = diffusers.PriorTransformer(**settings)
    whole.load_state_dict(prior.state_dict(), strict=False)
    whole.time_embedding = NoToken(whole.prd_embedding.shape[2])
    return whole.eval()


def save(folder: Path) -> Path:
    """The folder of a small prior, as ECLIPSE's is on the hub."""
    prior = small()
    prior.save_pretrained(folder)
    (folder / "LICENSE").write_text("Random weights, made by models/training/eclipse/golden.py: free of any terms.\n")
    return folder


@torch.no_grad()
def write_numbers(prior: PriorTransformer, encoders: dict[str, tuple]) -> None:
    whole = reference(prior)
    found: dict[str, Tensor] = {}
    for family, (tokenizer, encoder) in encoders.items():
        for index, case in enumerate(CASES):
            rows = [*case["captions"], *([case["negative"]] * len(case["seeds"]) if "negative" in case else [])]
            seeds = case["seeds"] * (len(rows) // len(case["seeds"]))
            given = tokenizer(rows, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
            text = encoder(given.input_ids)
            z = whole(
                batch(seeds, "prior/draw/0/initial", (WIDTH,)),
                timestep=0,
                proj_embedding=text.text_embeds,
                encoder_hidden_states=text.last_hidden_state,
                attention_mask=given.attention_mask.bool(),
            ).predicted_image_embedding
            found |= {f"{family}/{index}/{i}": row.clone() for i, row in enumerate(z)}
    save_numbers(found, {"cases": CASES}, NUMBERS)


def main() -> None:
    with tempfile.TemporaryDirectory() as path:
        eclipse = Eclipse.of(Namespace(eclipse=save(Path(path) / "eclipse"), eclipse_licence=None))
        assert eclipse is not None
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        entry = eclipse.write(FOLDER, "fp32", WIDTH)
        (FOLDER / "prior.json").write_text(json.dumps(entry, indent=2) + "\n")
    pipelines = {"karlo": karlo.pipelines()[0], "kandinsky": kandinsky.pipelines()[0]}
    encoders = {name: (pipeline.tokenizer, pipeline.text_encoder) for name, pipeline in pipelines.items()}
    write_numbers(small(), encoders)


if __name__ == "__main__":
    main()

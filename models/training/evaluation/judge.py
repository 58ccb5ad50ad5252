"""Scores what was drawn:  python -m models.training.evaluation.judge FOLDER     writes FOLDER/scores.json

The judge is a CLIP of another seed that no other network has seen; it names each picture with one of its list's captions.
Everything measured on drawings is measured on the real renders too, which says how far the judge itself can be trusted.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models.clip.network import Clip
from models.clip.tokenizer import Tokenizer
from models.training.embeddings import load_clip
from models.training.evaluation.set import FOLDER
from models.training.world import CONTEXT, TOKENIZER

FRAME = 3  # pixels at the edge that an icon never reaches
LISTS = ("held-out", "seen")


def read(paths: list[Path]) -> Tensor:
    """-> (n, 3, 64, 64) in [-1, 1]"""
    pictures = np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def numbered(folder: Path, count: int) -> list[Path]:
    return [folder / f"{i:03d}.png" for i in range(count)]


def wilson(right: int, n: int, z: float = 1.96) -> dict:
    """A share and its 95% interval (Wilson 1927), which stays within 0 ... 1 near the ends."""
    p = right / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return {"n": n, "share": p, "low": (middle - half) / (1 + z * z / n), "high": (middle + half) / (1 + z * z / n)}


def paired(first: Tensor, second: Tensor) -> dict:
    """How much more often `first` is right than `second` on the same captions, with a 95% interval."""
    gain = first.float() - second.float()
    spread = 1.96 * gain.std(correction=0).item() / math.sqrt(len(gain))
    return {"n": len(gain), "difference": gain.mean().item(), "low": gain.mean().item() - spread,
            "high": gain.mean().item() + spread}


class Judge:
    def __init__(self, asked: dict):
        self.clip: Clip = load_clip("judge", "cpu")
        tokenizer = Tokenizer.from_files(TOKENIZER / "vocab.json", TOKENIZER / "merges.txt")
        names = list(asked["backgrounds"])
        codes = [[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in asked["backgrounds"].values()]
        self.palette = torch.tensor(codes).float() / 127.5 - 1
        self.captions, self.background = {}, {}
        for name, rows in asked["lists"].items():
            tokens = torch.tensor([tokenizer.encode(row["caption"], CONTEXT) for row in rows])
            self.captions[name] = self.clip.embed_text(tokens)[0]
            self.background[name] = torch.tensor([names.index(row["background"]) for row in rows])

    @torch.no_grad()
    def embed(self, pictures: Tensor) -> Tensor:
        return torch.cat([self.clip.embed_image(part) for part in pictures.split(100)])

    def named(self, name: str, pictures: Tensor) -> Tensor:
        """(n) whether picture i is nearest to caption i of the list."""
        return (self.embed(pictures) @ self.captions[name].T).argmax(dim=-1) == torch.arange(len(pictures))

    def coloured(self, name: str, pictures: Tensor) -> Tensor:
        """(n) whether the median colour of the frame is nearest to the background the caption names."""
        inner = torch.zeros(pictures.shape[-2:], dtype=torch.bool)
        inner[FRAME:-FRAME, FRAME:-FRAME] = True
        median = pictures[:, :, ~inner].median(dim=-1).values
        return torch.cdist(median, self.palette).argmin(dim=-1) == self.background[name]

    def spread(self, pictures: Tensor) -> float:
        """Mean of 1 - cosine over all pairs."""
        z = self.embed(pictures)
        n = len(z)
        return float((1 - z @ z.T).sum() / (n * (n - 1)))


def psnr(made: Tensor, real: Tensor) -> Tensor:
    """(n) decibels between pictures in [-1, 1]."""
    return 10 * torch.log10(4 / (made - real).square().mean(dim=(1, 2, 3)).clamp(min=1e-10))


def score_lists(judge: Judge, asked: dict, folder: Path, right: dict) -> dict:
    scores = {}
    for name in LISTS:
        rows = asked["lists"][name]
        pictures = read(numbered(folder / name, len(rows)))
        named, coloured = judge.named(name, pictures), judge.coloured(name, pictures)
        right[name] = named
        scores[name] = {
            "top1": wilson(int(named.sum()), len(named)),
            "background": wilson(int(coloured.sum()), len(coloured)),
            "halves": {
                half: wilson(int(named[where].sum()), len(where))
                for half in sorted({row["half"] for row in rows})
                for where in [[i for i, row in enumerate(rows) if row["half"] == half]]
            },
        }
    return scores


def diversity(judge: Judge, folders: list[list[Path]]) -> dict | None:
    """Over the captions of which there are several pictures; none where none were drawn."""
    values = np.array([judge.spread(read(paths)) for paths in folders if len(paths) > 1])
    if len(values) == 0:
        return None
    return {"captions": len(values), "mean": float(values.mean()), "sd": float(values.std())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    asked = json.loads((FOLDER / "captions.json").read_text())
    judge = Judge(asked)
    places = [(name, f"{i:03d}") for name in LISTS for i in range(asked["varied"])]
    right: dict[str, dict[str, Tensor]] = {"real": {}}
    conditions = {"real": score_lists(judge, asked, FOLDER / "real", right["real"])}
    styles = [sorted((FOLDER / "real" / "styles" / f"{name}-{i}").glob("*.png")) for name, i in places]
    conditions["real"]["diversity"] = diversity(judge, styles)
    for drawn in sorted(path for path in (folder / "drawn").iterdir() if path.name != "rebuilt"):
        if not all(path.exists() for name in LISTS for path in numbered(drawn / name, len(asked["lists"][name]))):
            print(f"{drawn.name}: left out, its run was stopped before the end")
            continue
        right[drawn.name] = {}
        conditions[drawn.name] = score_lists(judge, asked, drawn, right[drawn.name])
        seeds = [
            [drawn / name / f"{i}.png", *sorted((drawn / "varied" / f"{name}-{i}").glob("*.png"))] for name, i in places
        ]
        conditions[drawn.name]["diversity"] = diversity(judge, seeds)
    rebuilt = torch.cat([
        psnr(read(numbered(folder / "drawn/rebuilt" / name, asked["rebuilt"])),
             read(numbered(FOLDER / "real" / name, asked["rebuilt"])))
        for name in LISTS
    ])
    joined = {name: torch.cat([lists[part] for part in LISTS]) for name, lists in right.items()}
    scores = {
        "conditions": conditions,
        "rebuild": {"n": len(rebuilt), "mean": rebuilt.mean().item(), "median": rebuilt.median().item(),
                    "lowest": rebuilt.min().item()},
        "againstDiffusion": {
            name: paired(joined["diffusion"], joined[name]) for name in joined if name.startswith("diffusion-")
        },
    }
    (folder / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")
    for name, score in conditions.items():
        print(f"{name}: held-out {score['held-out']['top1']['share']:.1%}, seen {score['seen']['top1']['share']:.1%}")


if __name__ == "__main__":
    main()

"""Scores the drawings:  python -m models.training.evaluation.judge FOLDER     writes FOLDER/scores.json

The judge is a CLIP trained with another seed and used for nothing else. It assigns each picture one caption of its
list. Every measure is also taken on the real renders, which bounds the accuracy of the judge itself.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from models.clip.network import Clip
from models.clip.tokenizer import Tokenizer
from models.training.context import CONTEXT_LENGTH, TOKENIZER
from models.training.data.icons import PAIR, SINGLE
from models.training.evaluation.judge_weights import judge as kept_judge
from models.training.evaluation.judge_weights import name as judge_name
from models.training.evaluation.set import FOLDER

FRAME = 3  # pixels at the edge that an icon never reaches
LISTS = ("held-out", "seen")
WAYS = ("pairs", "together")  # how two things are drawn: each from a z_i of its own, or both from one
CELL = 32  # of a picture of two things, the square around each


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
    """Mean difference of `first` and `second` over the same captions, with a 95% interval."""
    gain = first.float() - second.float()
    spread = 1.96 * gain.std(correction=0).item() / math.sqrt(len(gain))
    return {
        "n": len(gain),
        "difference": gain.mean().item(),
        "low": gain.mean().item() - spread,
        "high": gain.mean().item() + spread,
    }


class Judge:
    def __init__(self, captions: dict):
        self.clip: Clip = kept_judge()
        tokenizer = Tokenizer.from_files(TOKENIZER / "vocab.json", TOKENIZER / "merges.txt")
        names = list(captions["backgrounds"])
        codes = [[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in captions["backgrounds"].values()]
        self.palette = torch.tensor(codes).float() / 127.5 - 1
        self.captions, self.background = {}, {}
        for name, rows in captions["lists"].items():
            tokens = torch.tensor([tokenizer.encode(row["caption"], CONTEXT_LENGTH) for row in rows])
            self.captions[name] = self.clip.embed_text(tokens)[0]
            self.background[name] = torch.tensor([names.index(row["background"]) for row in rows])
        self.relations = [row["relation"] for row in captions["pairs"]]
        candidates = [text for row in captions["pairs"] for thing in row["candidates"] for text in thing]
        tokens = torch.tensor([tokenizer.encode(text, CONTEXT_LENGTH) for text in candidates])
        with torch.no_grad():
            self.candidates = self.clip.embed_text(tokens)[0].unflatten(0, (len(captions["pairs"]), 2, -1))

    @torch.no_grad()
    def embed(self, pictures: Tensor) -> Tensor:
        return torch.cat([self.clip.embed_image(part) for part in pictures.split(100)])

    def named(self, name: str, pictures: Tensor) -> Tensor:
        """(n) whether picture i is nearest to caption i of the list."""
        return (self.embed(pictures) @ self.captions[name].T).argmax(dim=-1) == torch.arange(len(pictures))

    def chosen(self, pictures: Tensor) -> Tensor:
        """(n, 2) which of its candidates each of two things is nearest to: 0 is itself, 1 the other one."""
        parts = torch.stack(
            [
                self.alone(picture, *cell(relation, i))
                for picture, relation in zip(pictures, self.relations, strict=True)
                for i in range(2)
            ]
        )
        embedded = self.embed(parts).unflatten(0, (-1, 2))
        return torch.einsum("nid,nicd->nic", embedded, self.candidates[: len(pictures)]).argmax(dim=-1)

    def alone(self, picture: Tensor, left: int, top: int) -> Tensor:
        """One of two things as a picture of its own, as large as the judge knows things that are alone."""
        part = picture[None, :, top : top + CELL, left : left + CELL]
        side = round(CELL * SINGLE / PAIR)
        grown = nn.functional.interpolate(part, (side, side), mode="bilinear", antialias=True)[0]
        edge = torch.cat([picture[:, :FRAME].flatten(1), picture[:, -FRAME:].flatten(1)], dim=1)
        alone = edge.median(dim=1).values[:, None, None].repeat(1, *picture.shape[1:])
        start = (picture.shape[-1] - side) // 2
        alone[:, start : start + side, start : start + side] = grown
        return alone

    def coloured(self, name: str, pictures: Tensor) -> Tensor:
        """(n) whether the background is the one that the caption names."""
        return self.ground(pictures) == self.background[name]

    def ground(self, pictures: Tensor) -> Tensor:
        """(n) the background that the median colour of the frame is nearest to."""
        inner = torch.zeros(pictures.shape[-2:], dtype=torch.bool)
        inner[FRAME:-FRAME, FRAME:-FRAME] = True
        median = pictures[:, :, ~inner].median(dim=-1).values
        return torch.cdist(median, self.palette).argmin(dim=-1)

    def spread(self, pictures: Tensor) -> float:
        """Mean of 1 - cosine over all pairs."""
        z = self.embed(pictures)
        n = len(z)
        return float((1 - z @ z.T).sum() / (n * (n - 1)))


def cell(relation: str, thing: int) -> tuple[int, int]:
    """Left and top of the square that holds the first or second of two things."""
    along, across = thing * CELL, CELL // 2
    return (along, across) if relation == "left" else (across, along)


def psnr(made: Tensor, real: Tensor) -> Tensor:
    """(n) decibels between pictures in [-1, 1]."""
    return 10 * torch.log10(4 / (made - real).square().mean(dim=(1, 2, 3)).clamp(min=1e-10))


def score_lists(judge: Judge, captions: dict, folder: Path, right: dict) -> dict:
    scores = {}
    for name in LISTS:
        rows = captions["lists"][name]
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
    for way in WAYS:
        if (folder / way).exists():
            chosen = judge.chosen(read(numbered(folder / way, len(captions["pairs"]))))
            scores[way] = {
                "both": wilson(int((chosen == 0).all(dim=1).sum()), len(chosen)),
                "exchanged": wilson(int((chosen == 1).all(dim=1).sum()), len(chosen)),
                "each": wilson(int((chosen == 0).sum()), chosen.numel()),
            }
    return scores


def spreads(judge: Judge, folders: list[list[Path]]) -> np.ndarray:
    """Of each caption's several pictures."""
    return np.array([judge.spread(read(paths)) for paths in folders])


def diversity(judge: Judge, folders: list[list[Path]]) -> dict | None:
    """Over the captions of which there are several pictures; none where none were drawn."""
    values = spreads(judge, [paths for paths in folders if len(paths) > 1])
    if len(values) == 0:
        return None
    return {"captions": len(values), "mean": float(values.mean()), "sd": float(values.std())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    captions = json.loads((FOLDER / "captions.json").read_text())
    judge = Judge(captions)
    places = [(name, f"{i:03d}") for name in LISTS for i in range(captions["varied"])]
    right: dict[str, dict[str, Tensor]] = {"real": {}}
    conditions = {"real": score_lists(judge, captions, FOLDER / "real", right["real"])}
    styles = [sorted((FOLDER / "real" / "styles" / f"{name}-{i}").glob("*.png")) for name, i in places]
    conditions["real"]["diversity"] = diversity(judge, styles)
    for drawn in sorted(path for path in (folder / "drawn").iterdir() if path.name != "rebuilt"):
        wanted = {name: len(captions["lists"][name]) for name in LISTS}
        wanted |= {way: len(captions["pairs"]) for way in WAYS if (drawn / way).exists()}
        if not all(path.exists() for name, count in wanted.items() for path in numbered(drawn / name, count)):
            print(f"{drawn.name}: left out, its run was stopped before the end")
            continue
        right[drawn.name] = {}
        conditions[drawn.name] = score_lists(judge, captions, drawn, right[drawn.name])
        seeds = [
            [drawn / name / f"{i}.png", *sorted((drawn / "varied" / f"{name}-{i}").glob("*.png"))] for name, i in places
        ]
        conditions[drawn.name]["diversity"] = diversity(judge, seeds)
    rebuilt = torch.cat(
        [
            psnr(
                read(numbered(folder / "drawn/rebuilt" / name, captions["rebuilt"])),
                read(numbered(FOLDER / "real" / name, captions["rebuilt"])),
            )
            for name in LISTS
        ]
    )
    joined = {name: torch.cat([lists[part] for part in LISTS]) for name, lists in right.items()}
    scores = {
        "judge": judge_name(),
        "conditions": conditions,
        "rebuild": {
            "n": len(rebuilt),
            "mean": rebuilt.mean().item(),
            "median": rebuilt.median().item(),
            "lowest": rebuilt.min().item(),
        },
        "againstDiffusion": {
            name: paired(joined["diffusion"], joined[name]) for name in joined if name.startswith("diffusion-")
        },
    }
    (folder / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")
    for name, score in conditions.items():
        both = ", ".join(f"{way} {score[way]['both']['share']:.1%}" for way in WAYS if way in score)
        print(
            f"{name}: held-out {score['held-out']['top1']['share']:.1%}, "
            f"seen {score['seen']['top1']['share']:.1%}, {both}"
        )


if __name__ == "__main__":
    main()

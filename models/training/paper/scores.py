"""Measures the drawings of the experiments.

    python -m models.training.paper.scores FOLDER ...     writes FOLDER/scores.json

Measures part by part and leaves the other parts as they are, with the judge of evaluation/judge.py. --limit writes
scores-limited.json instead.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from models.training.data.icons import Icons
from models.training.data.scenes import Painter, Sampler
from models.training.evaluation.judge import LISTS, Judge, read
from models.training.evaluation.set import FOLDER as EVALUATION
from models.training.paper.questions import FOLDER as PAPER
from models.training.paper.statistics import Frechet, at_fidelity, interval, mean, relation_shares
from models.training.paper.sweeps import Sweeps, summary

CONDITIONS = ("z_t", "autoregressive", "diffusion")
REFERENCE, REFERENCE_SEED = 8000, 512  # real renders of other scenes, one thing each, as training draws them
ANGLES = (0.0, 0.25, 0.5)  # of the frames of part 6's counted rows


def scores_file(folder: Path, limited: bool) -> Path:
    return folder / ("scores-limited.json" if limited else "scores.json")


def reference(judge: Judge) -> Frechet:
    icons = Icons()
    scenes = Sampler(icons).singles(np.random.default_rng(REFERENCE_SEED), REFERENCE)
    painter = Painter(icons)
    parts = [judge.embed(painter.draw(scenes[i : i + 500])) for i in range(0, REFERENCE, 500)]
    return Frechet(torch.cat(parts).double().numpy())


def steps_before(record: dict) -> int:
    """Of all trainings that this one began from, as far as they are recorded."""
    earlier = record.get("from")
    return earlier.get("steps", 0) + steps_before(earlier) if isinstance(earlier, dict) else 0


class Scorer:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.captions = json.loads((EVALUATION / "captions.json").read_text())
        self.own = json.loads((PAPER / "prompts.json").read_text())
        self.judge = Judge(self.captions)
        self.swept = [(name.rsplit("-", 1)[0], int(name.rsplit("-", 1)[1]), name) for name in options.swept.split(",")]
        self.sweeps = Sweeps(self.captions, self.own["open"], self.swept)

    def part1(self) -> dict:
        away, found, right = reference(self.judge), {}, {}
        for name in ("real", *CONDITIONS):
            folder = EVALUATION / "real" if name == "real" else self.options.evaluated / "drawn" / name
            named, scored, embedded = [], [], []
            for part in LISTS:
                files = self.drawn(folder / part, len(self.captions["lists"][part]))
                z, wanted = self.judge.embed(read(files)), self.judge.captions[part]
                likeness = (z @ wanted.T).detach().numpy()
                places = np.arange(len(z))
                named.append(likeness.argmax(axis=1) == places)
                scored.append(likeness[places, places])
                embedded.append(z.double().numpy())
            right[name] = np.concatenate(named)
            found[name] = {
                "top1": mean(right[name]),
                "clip": mean(np.concatenate(scored)),
                "fid": away.interval(np.concatenate(embedded)),
            }
        found["autoregressive"]["against"] = mean(right["autoregressive"].astype(float) - right["diffusion"])
        return {"conditions": found, "reference": REFERENCE}

    def drawn(self, folder: Path, most: int) -> list[Path]:
        """All of a list, or its beginning in a try-out."""
        return [path for path in (folder / f"{i:03d}.png" for i in range(self.some(most))) if path.exists()]

    def some(self, most: int) -> int:
        return round(len(self.swept) / 60 * most) if self.options.limit else most

    def part2(self) -> dict:
        description = json.loads((self.options.bundle / "bundle.json").read_text())
        timing = json.loads((self.options.folder / "2/timing.json").read_text())
        ratios = np.array(timing.pop("ratios"))
        slower = interval(lambda places: float(np.median(ratios[places])), len(ratios))
        keys, trained = ("parameters", "steps", "minutes"), description["training"]["stages"]
        records = {"diffusion": trained["text"], "autoregressive": trained["autoregressive-prior"]}
        stages = {
            name: {key: record[key] for key in keys} | {"before": steps_before(record)}
            for name, record in records.items()
        }
        preset = description["presets"]["standard"]
        diffusion, other = preset["prior"]["diffusion"], preset["prior"]["autoregressive"]
        guided = lambda given: 1 if given["guidance"] == 1 else 2  # noqa: E731
        stages["diffusion"]["passes"] = diffusion["steps"] * diffusion["priorSamples"] * guided(diffusion)
        coefficients = description["prior"]["autoregressive"]["coefficients"]
        stages["autoregressive"]["passes"] = coefficients * other["priorSamples"] * guided(other)
        return {"stages": stages, "timing": timing, "ratio": slower}

    def part3(self) -> dict:
        description = json.loads((self.options.compared / "bundle.json").read_text())
        text = f"text-{description['files']['decoder.onnx']['sha256'][:8]}"
        sweeps = {
            "unclip": self.sweeps.settings(self.options.folder / "3", "unclip-"),
            "text": self.sweeps.settings(self.options.folder / "3", f"{text}-"),
        }
        lines = {
            name: [
                np.stack([one[what] if what == "spread" else one[what].mean(axis=1) for one in found.values()])
                for what in ("named", "spread")
            ]
            for name, found in sweeps.items()
        }

        def fidelity(places: np.ndarray) -> float:
            return float(min(named[:, places].mean(axis=1).max() for named, _ in lines.values()))

        def diversity(name: str, places: np.ndarray) -> float:
            named, spread = lines[name]
            return at_fidelity(named[:, places].mean(axis=1), spread[:, places].mean(axis=1), fidelity(places))

        n = len(self.swept)
        trained = {name: description["training"]["stages"][name] for name in ("decoder", "text")}
        return {
            "systems": {name: summary(found) for name, found in sweeps.items()},
            "real": summary({1.0: self.sweeps.real()})[0],
            "equal": {
                "fidelity": interval(fidelity, n),
                **{name: interval(lambda places, name=name: diversity(name, places), n) for name in sweeps},
                "gain": interval(lambda places: diversity("unclip", places) - diversity("text", places), n),
            },
            "trained": {
                name: {key: record[key] for key in ("parameters", "steps", "minutes")}
                | {"before": steps_before(record)}
                for name, record in trained.items()
            },
        }

    def part4(self) -> dict:
        return {
            "decoder": summary(self.sweeps.settings(self.options.folder / "3", "unclip-")),
            "prior": summary(self.sweeps.settings(self.options.folder / "4", "prior-")),
        }

    def part5(self) -> dict:
        curve = {}
        for part, place, name in self.swept:
            real = self.judge.embed(read([EVALUATION / "real" / part / f"{place:03d}.png"]))[0]
            for path in (self.options.folder / "5/curve" / name).glob("*.png"):
                z = self.judge.embed(read([path]))[0]
                right = int((self.judge.captions[part] @ z).argmax()) == place
                curve.setdefault(int(path.stem), []).append((right, float(z @ real)))
        return {
            "curve": [
                {
                    "dimensions": k,
                    "top1": mean(np.array([right for right, _ in rows])),
                    "likeness": mean(np.array([alike for _, alike in rows])),
                }
                for k, rows in sorted(curve.items())
            ]
        }

    def part6(self) -> dict:
        names, moved, named = list(self.captions["backgrounds"]), [], []
        for part, place, name in self.swept:
            now = names.index(self.captions["lists"][part][place]["background"])
            pictures = read([self.options.folder / "6/grounds" / name / f"{i}.png" for i in range(len(ANGLES))])
            moved.append((self.judge.ground(pictures) == (now + 1) % len(names)).numpy())
            named.append(((self.judge.embed(pictures) @ self.judge.captions[part].T).argmax(dim=1) == place).numpy())
        return {
            "angles": [
                {"angle": angle, "moved": mean(np.stack(moved)[:, i]), "kept": mean(np.stack(named)[:, i])}
                for i, angle in enumerate(ANGLES)
            ]
        }

    def part7(self) -> dict:
        drawn = self.options.evaluated / "drawn/diffusion/together"
        pairs = self.drawn(drawn, len(self.captions["pairs"]))
        rows = self.own["bindings"][: self.some(len(self.own["bindings"]))]
        binder = Judge({**self.captions, "pairs": rows})
        folder = self.options.folder / "7/bindings"
        seeds = [read([folder / str(i) / f"{seed}.png" for i in range(len(rows))]) for seed in range(2)]
        real = torch.nn.functional.interpolate(read([PAPER / row["real"] for row in rows]), (64, 64), mode="area")
        return {
            "pairs": {
                "real": relation_shares(
                    [self.judge.chosen(read([EVALUATION / "real/pairs" / path.name for path in pairs]))]
                ),
                "drawn": relation_shares([self.judge.chosen(read(pairs))]),
            },
            "bindings": {
                "real": relation_shares([binder.chosen(real)]),
                "drawn": relation_shares([binder.chosen(some) for some in seeds]),
            },
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for name in ("evaluated", "bundle", "compared"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--parts", required=True)
    parser.add_argument("--swept", required=True)
    parser.add_argument("--limit", type=float, help="the share of every list that was drawn")
    options = parser.parse_args()
    scorer, path = Scorer(options), scores_file(options.folder, options.limit is not None)
    scores = json.loads(path.read_text()) if path.exists() else {}
    for part in options.parts.split(","):
        print(f"Measuring part {part}")
        with torch.no_grad():
            scores[part] = getattr(scorer, f"part{part}")()
        path.write_text(json.dumps(scores, indent=1) + "\n")


if __name__ == "__main__":
    main()

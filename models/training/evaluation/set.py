"""The fixed evaluation set: 200 held-out captions, 200 seen ones, 100 of two objects, and the real render of each.

    python -m models.training.evaluation.set [--limit N]     writes models/training/cache/evaluation

Each caption of a list names another concept, so top-1 among the captions of a list has one right answer. Held out are
100 (concept, style) and 100 (concept, background) pairs that training never draws (data/held-out.json); a seed chooses
the other attribute. Of two objects in a relation, each is cropped and compared with CANDIDATES. --limit takes the first
N of each half, for a trial run.
"""

import argparse
import json
import shutil

import numpy as np
from PIL import Image
from torch import Tensor

from models.training.data.captions import Captions
from models.training.data.icons import CACHE, HERE, Icons
from models.training.data.scenes import RELATIONS, Painter, Sampler, Scenes, single_scenes

FOLDER = CACHE / "evaluation"
SEED, EACH, VARIED, REBUILT = 20260, 200, 10, 16  # captions of a list; of these, drawn with 8 seeds; pictures rebuilt
PAIRS, CANDIDATES = 100, 50


def singles(icons: list[int], backgrounds: list[int]) -> Scenes:
    return single_scenes(np.array(icons), np.array(backgrounds))


def held_out(icons: Icons, rng: np.random.Generator, each: int) -> Scenes:
    """`each` scenes with a held-out style, then `each` with a held-out background."""
    held = json.loads((HERE / "held-out.json").read_text())
    ids = {concept["slug"]: concept["id"] for concept in icons.concepts}
    chosen, backgrounds = [], []
    for slug, style in held["concept_style"][:each]:
        of_concept = icons.concept == ids[slug]
        chosen.append(int(np.flatnonzero(of_concept & (icons.style == icons.styles.index(style)))[0]))
        backgrounds.append(int(rng.integers(len(icons.background_names))))
    for slug, background in held["concept_background"][:each]:
        chosen.append(int(rng.choice(np.flatnonzero(icons.concept == ids[slug]))))
        backgrounds.append(icons.background_names.index(background))
    return singles(chosen, backgrounds)


def paired(icons: Icons, sampler: Sampler, n: int) -> tuple[Scenes, list[dict]]:
    """Scenes of two objects, and the candidate captions of each: first its own, then that of the other."""
    rng = np.random.default_rng(SEED + 1)
    scenes, captions = sampler.pairs(rng, n), Captions(icons)
    rows = []
    for i in range(n):
        two = [scenes.first[i], scenes.second[i]]
        others = sampler.same_style[icons.style[two[0]]]
        strange = rng.choice(others[~np.isin(icons.concept[others], icons.concept[two])], CANDIDATES - 2, replace=False)
        candidates = [
            captions.plain(singles([*thing, *strange], [scenes.background[i]] * CANDIDATES))
            for thing in (two, two[::-1])
        ]
        relation = RELATIONS[scenes.relation[i]]
        rows.append({"caption": captions.plain(scenes[i : i + 1])[0], "relation": relation, "candidates": candidates})
    return scenes, rows


def save(pictures: Tensor, names: list[str]) -> None:
    """(n, 3, 64, 64) in [-1, 1] -> FOLDER/real/<name>.png"""
    for picture, name in zip(((pictures.clamp(-1, 1) + 1) * 127.5).round().byte(), names, strict=True):
        path = FOLDER / "real" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.permute(1, 2, 0).numpy()).save(path)


def entries(icons: Icons, scenes: Scenes, halves: list[str]) -> list[dict]:
    captions = Captions(icons).plain(scenes)
    return [
        {
            "caption": caption,
            "background": icons.background_names[background],
            "style": icons.styles[icons.style[icon]],
            "concept": icons.concepts[icons.concept[icon]]["slug"],
            "half": half,
        }
        for caption, icon, background, half in zip(captions, scenes.first, scenes.background, halves, strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=EACH // 2)
    limit = parser.parse_args().limit
    icons = Icons()
    rng = np.random.default_rng(SEED)
    out = held_out(icons, rng, limit)
    sampler = Sampler(icons)
    seen = sampler.singles(rng, 2 * limit, distinct=True)
    two, pairs = paired(icons, sampler, min(PAIRS, limit))
    painter = Painter(icons)
    shutil.rmtree(FOLDER / "real", ignore_errors=True)
    lists = {
        "held-out": entries(icons, out, ["style"] * limit + ["background"] * limit),
        "seen": entries(icons, seen, ["seen"] * 2 * limit),
    }
    for name, scenes in (("held-out", out), ("seen", seen)):
        save(painter.draw(scenes), [f"{name}/{i:03d}" for i in range(len(scenes))])
        # The reference for the diversity of one caption: real renders of its concept in all styles on one background.
        for i in range(min(VARIED, limit)):
            same = np.flatnonzero(icons.concept == icons.concept[scenes.first[i]]).tolist()
            styles = singles(same, [scenes.background[i]] * len(same))
            save(painter.draw(styles), [f"styles/{name}-{i:03d}/{icons.styles[icons.style[icon]]}" for icon in same])
    save(painter.draw(two), [f"pairs/{i:03d}" for i in range(len(two))])
    facts = {
        "data": icons.digest,
        "seed": SEED,
        "varied": min(VARIED, limit),
        "rebuilt": min(REBUILT, 2 * limit),
        "backgrounds": json.loads((HERE / "backgrounds.json").read_text()),
        "lists": lists,
        "pairs": pairs,
    }
    (FOLDER / "captions.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(f"{FOLDER / 'captions.json'}: {', '.join(f'{len(rows)} {name}' for name, rows in lists.items())} captions")


if __name__ == "__main__":
    main()

"""The same things called otherwise: by a synonym, by a tag, beside a word that was never taught, or by the bare name.

    python -m models.training.evaluation.rewording                    writes models/training/cache/evaluation/rewording.json
    python -m models.training.evaluation.rewording FOLDER --docs DIR  writes the table of what was drawn into the model card

Synonyms and tags are such as no other concept has, so that one of the names is right. The judge tells each drawing from the
bare names of all that were asked, which say nothing of style and background. Some are drawn several times from a caption that
leaves the style open, as the real renders of all styles leave it.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from models.training.data.captions import Captions, with_article
from models.training.data.icons import Icons
from models.training.data.scenes import Painter, Sampler
from models.training.doc_tables import replace
from models.training.evaluation.card import percent
from models.training.evaluation.judge import Judge, numbered, paired, read, spreads, wilson
from models.training.evaluation.set import FOLDER, save, singles

ASKED, SEED, THINGS = FOLDER / "called.json", 20261, 100
OPEN, SEEDS = 20, 8  # of the things, drawn by so many seeds from captions that leave the style open, or background too
# Words of everyday descriptions; those that the captions of training use are passed over.
STRANGE = ("wonderful", "peculiar", "vintage", "handmade", "gleaming", "enormous")
ROWS = {
    "name": "its name, style and background",
    "strange": "the same, with a word that was never taught",
    "synonym": "a synonym in the place of the name",
    "tag": "a tag in the place of the name",
    "bare": "its name alone",
}
VARIED = {
    "open": ("which leave the style open", ""),
    "anything": ("which leave style and background open", ", and of all backgrounds"),
}


def called(icons: Icons) -> list[tuple[dict, str, str]]:
    """Concepts with a synonym and a tag that are theirs alone, one of each."""
    owners = Counter(
        text for concept in icons.concepts for text in {concept["name"], *concept["synonyms"], *concept["tags"]}
    )
    own = lambda texts: [text for text in texts if owners[text] == 1]  # noqa: E731
    found = [(concept, own(concept["synonyms"]), own(concept["tags"])) for concept in icons.concepts]
    return [(concept, synonyms[0], tags[0]) for concept, synonyms, tags in found if synonyms and tags]


def ask() -> None:
    icons, rng = Icons(), np.random.default_rng(SEED)
    sampler, captions = Sampler(icons), Captions(icons)
    known, choices = captions.words(), called(icons)
    strange = [word for word in STRANGE if word not in known]
    painter, rows, chosen, grounds = Painter(icons), [], [], []
    for place, number in enumerate(rng.permutation(len(choices))[:THINGS]):
        concept, synonym, tag = choices[number]
        icon = int(rng.choice(sampler.rows[concept["id"]]))
        background = int(sampler.backgrounds(rng, np.array([icon]))[0])
        colour, bare = icons.background_names[background], with_article(concept["name"])
        odd = f"{strange[place % len(strange)]} {concept['name']}"
        named = {"name": bare, "strange": with_article(odd), "synonym": with_article(synonym), "tag": with_article(tag)}
        asked = {how: captions.full(what, icon, background) for how, what in named.items()}
        rows.append({"background": colour, "caption": bare, "asked": {**asked, "bare": bare}})
        chosen.append(icon)
        grounds.append(background)
        if place < OPEN:
            rows[-1]["open"] = f"{bare} on {with_article(colour)} background"
            same = np.flatnonzero(icons.concept == concept["id"]).tolist()
            turn = [same[k % len(same)] for k in range(SEEDS)]
            grounds_in_turn = [(place * SEEDS + k) % len(icons.background_names) for k in range(SEEDS)]
            for name, chosen_grounds in (("open", [background] * SEEDS), ("anything", grounds_in_turn)):
                names = [f"called/{name}/{place:03d}/{k}" for k in range(SEEDS)]
                save(painter.draw(singles(turn, chosen_grounds)), names)
    save(painter.draw(singles(chosen, grounds)), [f"called/{i:03d}" for i in range(len(rows))])
    ASKED.write_text(json.dumps(rows, indent=1) + "\n")


def measured(folder: Path) -> str:
    """The table, and the diversity of what was drawn in whatever style, beside that of as many real renders."""
    asked, rows = json.loads((FOLDER / "captions.json").read_text()), json.loads(ASKED.read_text())
    judge = Judge({**asked, "lists": {"called": rows}})
    lines = ["| | captions | top-1 of the names | background |", "|---|---|---|---|"]
    for name, title in {"real": "real renders", **ROWS}.items():
        drawn = FOLDER / "real/called" if name == "real" else folder / name
        pictures = read(numbered(drawn, len(rows)))
        named, coloured = judge.named("called", pictures), judge.coloured("called", pictures)
        ground = "" if name == "bare" else percent(wilson(int(coloured.sum()), len(rows)))
        example = "" if name == "real" else f'"{rows[0]["asked"][name]}"'
        lines.append(f"| {title} | {example} | {percent(wilson(int(named.sum()), len(rows)))} | {ground} |")
    lines += [
        "",
        f"| {SEEDS} drawings each of {OPEN} captions | | diversity | {SEEDS} real renders, of all styles in turn | difference |",
        "|---|---|---|---|---|",
    ]
    for name, (title, how) in VARIED.items():
        drawn, real = (
            torch.from_numpy(spreads(judge, [sorted((parent / name / f"{i:03d}").glob("*.png")) for i in range(OPEN)]))
            for parent in (folder, FOLDER / "real/called")
        )
        gain = paired(drawn, real)
        example = rows[0]["open"] if name == "open" else rows[0]["asked"]["bare"]
        lines.append(
            f'| {title} | "{example}" | {drawn.mean():.3f} | {real.mean():.3f}{how} '
            f"| {gain['difference']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f}) |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="what was drawn; without it, writes what is asked")
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    options = parser.parse_args()
    if options.folder is None:
        ask()
        return
    with torch.no_grad():
        replace(options.docs / "model-card.md", "called", measured(options.folder))


if __name__ == "__main__":
    main()
